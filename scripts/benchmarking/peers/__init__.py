"""How does Spanlight compare with other engines, on the same passages and with the same model?

options.py    benchmark.py peers -> PeersOptions
engines/      the engines behind one interface, each in a process of its own
asked.py      the process of an engine, which answers queries
asking.py     the other end: the answers, and how long each took
serving.py    the HTTP server of an engine, its own or that of plain_app.py
plain_app.py  the least server around an engine that brings none
building.py   an engine's index -> how long, how large, how hungry
measuring.py  all of it, turn by turn
relevance.py  what judged queries find
table.py      all of it, as a person reads it
command.py    PeersOptions -> all of the above
"""
