"""How fast are builds and searches of a folder?

options.py    benchmark.py build, search and all -> Options
building.py   builds -> throughput, share of each stage, memory, disk
searching.py  the real server under load -> latency of each mode, requests a second, memory
page.py       the page's first byte against the API, turn by turn
tables.py     all of it, as a person reads it
command.py    Options -> all of the above
"""
