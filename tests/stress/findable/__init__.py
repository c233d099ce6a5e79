"""What happens to a server whose index cannot be opened for a moment, or is replaced very often?

command  the run: failures first, then reloads
failing  lets files fail to open in the process of `worker`
worker   opens an index as a server does
soak     a server that takes up one generation after the other
"""
