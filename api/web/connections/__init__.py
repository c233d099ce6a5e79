"""What may a client send before it has sent a request, and how many clients are there room for?

addresses  which addresses count as one client
places     a bounded number of connections
starting   which requests begin now, and which wait
guarding   HTTP on one connection: bounded in size and time, and refused in our words
"""
