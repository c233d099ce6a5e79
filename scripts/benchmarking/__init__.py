"""A folder in; how fast, how large and how hungry the build and the search of it are.

machine.py      what the figures were measured on
memory.py       how much memory a process and its children take
queries.py      queries that nobody asked before, drawn from the folder itself
passages.py     the passages of a folder, as a build embeds them
building.py     builds of the folder -> throughput, share of each stage, memory, disk
server.py       the real server as a child process, and requests to it
latency.py      milliseconds, summed up
load.py         requests of several clients at once
searching.py    the real server under load -> latency of each mode, requests a second, memory
comparing.py    the page's first byte against the API, turn by turn
growth_corpus.py    a folder made as large as is wanted, with altered copies
hashed_words.py what stands for a model where only size matters
growth_process.py   one build or many searches, in a process of their own
growth.py       the same measurements at several sizes
recall.py       how much the vector index finds of what comparing all vectors does
plot.py         growth curves as SVG
growth_command.py   options -> all of these
reference.py    sentence-transformers, as others use it
embedding.py    our embedder against that: speed, and how far their vectors agree
starting.py     how long the server and reindex.py take to start
peers/          Spanlight and other engines side by side
commits.py      two commits of Spanlight, turn by turn, for compare_commits.py
output.py       where tables and figures go
tables.py       all of it, as a person reads it
command.py      options -> all of the above
"""
