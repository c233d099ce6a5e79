"""Which of two passages ranks higher, and why? Scores -> one ranking, without input or output.

normalization  scores of different retrievers on one scale
fusion         the scores of both retrievers -> one score
feedback       passages that are like the best ones gain
folding        copies are listed under the best of them
reranking      a reranker's scores of the best hits
confidence     how probable it is that a hit answers
"""
