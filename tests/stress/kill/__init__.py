"""Does a killed build do any harm?

command.py       options -> builds that are killed, and the results
trials.py        builds that are killed at chosen moments, and the repair by the next build
stages.py        the stage of a build, inferred from the files on disk
known_folder.py  a folder whose text shows which state it is in
clients.py       clients that ask all the time and compare each hit with that text
"""
