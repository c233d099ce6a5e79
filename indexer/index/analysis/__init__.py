"""Which terms does a text consist of? One analysis for the index, queries and highlights.

analyzer  text -> terms with spans
"""
