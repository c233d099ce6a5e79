"""Here is the vector of a query: which passages are near it, and how near?

vector_index   proposes passages and computes their exact scores; the only importer of faiss
segments       the vectors of all passages and windows, in folders that never change
arrays         the files of the segments
encoding       an embedding <-> the bytes in the store
"""
