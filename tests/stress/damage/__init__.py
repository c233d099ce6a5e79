"""Is damage to an index noticed?

command.py        options -> damages divided among processes, and their results
worker.py         does one damage after the other, and asks the index each time
damages.py        which bits are flipped, and where files are cut off
damaged_index.py  the index that is damaged, and copies of it
questions.py      the requests that the index gets, and how its answers are compared
"""
