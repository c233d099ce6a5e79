"""How fast are builds and searches of a folder?

options.py    benchmark.py build, search and all -> Options
building.py   builds -> throughput, share of each stage, memory, disk space
searching.py  the real server under load -> latency of each mode, requests per second, memory
page.py       the page's first byte compared with the API, turn by turn
tables.py     the tables of all figures
command.py    Options -> all of the above
"""
