"""Does a server keep working under load?

command.py  options -> phases of load, and their results
traffic.py  clients: patient ones, slow readers, and some that disconnect
"""
