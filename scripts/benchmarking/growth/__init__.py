"""How do time, memory and disk grow with the corpus?

options.py         benchmark.py grow -> GrowthOptions
growing_corpus.py  a folder enlarged to any size with altered copies
hashed_words.py    an embedder without a model, for figures that depend only on size
process.py         one build or many searches in a separate process
recall.py          how many of the nearest vectors the vector index finds
measuring.py       the measurements at each size
command.py         GrowthOptions -> the table and the plot
"""
