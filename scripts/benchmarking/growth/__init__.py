"""How do time, memory and disk grow with the corpus?

options.py         benchmark.py grow -> GrowthOptions
growing_corpus.py  a folder made as large as is wanted, with altered copies
hashed_words.py    an embedder that costs nothing, where only size matters
process.py         one build or many searches, in a process of their own
recall.py          how much the vector index finds of what comparing all vectors does
measuring.py       the measurements at each size
command.py         GrowthOptions -> the table and the plot
"""
