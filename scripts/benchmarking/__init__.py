"""A folder in; how fast, how large and how hungry the build and the search of it are.

machine.py      what the figures were measured on
memory.py       how much memory a process and its children take
queries.py      queries that nobody asked before, drawn from the folder itself
building.py     builds of the folder -> throughput, share of each stage, memory, disk
searching.py    the real server under load -> latency of each mode, requests a second, memory
tables.py       all of it, as a person reads it
command.py      options -> all of the above
"""
