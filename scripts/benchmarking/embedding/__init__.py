"""How fast is our embedder, and how close are its vectors to those of sentence-transformers?

options.py    benchmark.py embedding -> EmbeddingOptions
reference.py  sentence-transformers, as its documentation uses it
command.py    EmbeddingOptions -> both, turn by turn, and the table
"""
