"""Which engines are compared?

peer.py          the interface of an engine
known.py         the engines, and the packages that each needs
spanlight.py     Spanlight
txtai_peer.py    txtai, hybrid
lancedb_peer.py  LanceDB, vectors and full text, fused by its RRF
plain_script.py  bm25s, FAISS and RRF, as in a simple script
"""
