"""How does Spanlight compare with other engines, on the same passages and with the same model?

options.py    benchmark.py peers -> PeersOptions
engines/      the engines behind one interface, each in its own process
asked.py      the process of an engine, which answers queries
asking.py     sends queries to such a process, and measures the answers
serving.py    the HTTP server of an engine, or plain_app.py if it has none
plain_app.py  a minimal server around an engine that has none
building.py   the time, memory and disk space of building an engine's index
measuring.py  all measurements, turn by turn
relevance.py  how well judged queries are answered
table.py      the table of all figures
command.py    PeersOptions -> all of the above
"""
