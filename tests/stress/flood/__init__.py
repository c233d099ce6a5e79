"""Are users with keys served while others flood whatever needs no key?

command.py  options -> one flood after another, and what users and monitors got meanwhile
floods.py   what is sent without a key, and held open, as fast as possible
users.py    users with keys who search, and a monitor that checks health
"""
