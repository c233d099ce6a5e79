"""Which passages answer? The read path over one generation.

searcher          one open generation and how it is asked; the stages below in their order
requests          request -> question
candidates        question -> the best passages of each retriever, scored by both
rankings          candidates -> ranking: fused, folded, reranked
hit_pages         ranking -> a page of hits or groups
hits              a candidate -> a hit: its text, highlights, best span
facets            how many hits lie in each folder, are of each type, are from each year
similar           passages like a passage
modes             what an index answers by: words, meaning, or both
ranking_settings  how both are weighed
models            the embedding model and the reranker of a server
"""
