"""What surrounds every request, from the outside in:

observation    its id, its log line, its metrics, its trace; an answer whatever happens inside
headers        what browsers are told to refuse
hosts          whether it is meant for this server, and from where
authentication whose it is
rates          whether that one asks too often
admission      its body, its turn, its time
"""
