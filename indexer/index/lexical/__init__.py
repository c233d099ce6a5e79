"""Here are words: which passages contain them, and how well do they match?

writer          writes the fields of each passage
reader          rankings, scores and rows for words
queries         clauses -> queries of the engine
vocabulary      the words of the index that a prefix or a typo matches
engine_errors   errors of the engine -> errors of this package
"""
