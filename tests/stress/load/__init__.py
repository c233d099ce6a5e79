"""Does a server stay well under load?

command.py  options -> phases of load, and what came of them
traffic.py  clients: patient ones, slow readers, and some that walk away
"""
