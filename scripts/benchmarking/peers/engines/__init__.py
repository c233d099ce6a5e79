"""Which engines are compared?

peer.py          what an engine is asked to do
known.py         which engines there are, and what each needs
spanlight.py     Spanlight
txtai_peer.py    txtai, hybrid
lancedb_peer.py  LanceDB, vectors and full text, fused by its RRF
plain_script.py  bm25s, FAISS and RRF, as a script has them
"""
