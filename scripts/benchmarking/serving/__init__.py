"""How is the real server started and asked?

server.py  the server as a child process, and requests to it
load.py    requests of several clients at once
"""
