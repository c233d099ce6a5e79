"""A folder in; how fast, how large and how hungry the build and the search of it are.

machine.py      what the figures were measured on
memory.py       how much memory a process and its children take
queries.py      queries that nobody asked before, drawn from the folder itself
building.py     builds of the folder -> throughput, share of each stage, memory, disk
server.py       the real server as a child process, and requests to it
latency.py      milliseconds, summed up
searching.py    the real server under load -> latency of each mode, requests a second, memory
comparing.py    turn by turn: a filter against none, the page's first byte against the API
narrow_filters.py   the filters of that: each keeps a hundredth of the index
page_weight.py  the page without results, with all that it loads
windows.py      what windows and feedback cost, in building and in searching
tables.py       all of it, as a person reads it
command.py      options -> all of the above
"""
