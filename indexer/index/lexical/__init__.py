"""Here are words: which passages have them, and how well do they match?

writer          the fields of a passage, and what writes them
reader          rankings, scores and rows by words
queries         clauses as queries of the engine
vocabulary      the words of the index that a prefix or a typo stands for
engine_errors   what the engine's errors mean
"""
