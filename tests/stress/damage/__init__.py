"""Is damage to an index noticed?

command.py        options -> damages shared out to processes, and what came of them
worker.py         one damage after the other, and what the index answers then
damages.py        which bits are flipped, and where files are cut off
damaged_index.py  the index that is damaged, and copies of it
questions.py      what the index is asked, and how its answers are told
"""
