"""Which passages answer? The read path over one generation.

searcher          the whole read path over one open generation: the stages below, in order
requests          request -> question
candidates        question -> the best passages of each retriever, scored by both
copies            copies in a ranking, listed under one hit
rankings          candidates -> ranking: fused, cut, folded, reranked
hit_pages         ranking -> a page of hits or groups
hits              a candidate -> a hit: its text, highlights, best span
facets            how many hits each folder, type and year has
similar           passages that resemble a given one
modes             which modes an index supports, and which it can answer in now
ranking_settings  the fusion method and the semantic weight of an index
models            the embedding model and the reranker of a server
"""
