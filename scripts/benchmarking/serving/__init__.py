"""How is the real server started and queried?

server.py  the server as a child process, and requests to it
load.py    requests from several clients at once
"""
