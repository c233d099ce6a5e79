"""Does a killed build harm anybody?

command.py       options -> builds that are killed, and what came of them
trials.py        one build, killed at a chosen moment, and what it left
stages.py        what a build is at, told from what lies on disk
known_folder.py  a folder whose text says in which state it is
clients.py       clients that ask all the while and compare each hit with that text
"""
