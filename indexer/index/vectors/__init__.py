"""Here is the vector of a query: which passages are near it, and how near?

vector_index   what proposes passages, and their exact scores: the only importer of faiss
segments       the vectors of all passages and windows, in folders that never change
arrays         the files that these are made of
encoding       an embedding as the store keeps it
"""
