"""Other engines on the same passages and with the same model, each in processes of its own.

peer.py           what an engine is asked to do
engines.py        which engines there are, and what each needs
spanlight.py      Spanlight, behind the same interface
txtai_peer.py     txtai, hybrid
lancedb_peer.py   LanceDB, vectors and full text, fused by its RRF
plain_script.py   bm25s, FAISS and RRF, as a script has them
asking.py         an engine's process -> the answers to queries, and how long each took
asked.py          the other end: the process that answers
serving.py        the HTTP server of an engine, its own or a plain one
building.py       an engine's index -> how long, how large, how hungry
measuring.py      all of it, turn by turn
relevance.py      what judged queries find
table.py          all of it, as a person reads it
command.py        options -> all of the above
"""
