"""Which of two passages ranks higher, and why? Scores -> one ranking, without input or output.

normalization  scores of different retrievers on one scale
fusion         the scores of both retrievers -> one score
feedback       raises passages that resemble the best ones
folding        lists copies under the best of them
reranking      adds a reranker's scores to the best hits
confidence     the probability that a hit answers
verdict        whether anything answers
"""
