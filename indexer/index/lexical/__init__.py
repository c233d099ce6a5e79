"""Here are words: which passages contain them, and how well do they match?

borders         the words at the border between two passages
entries         passages -> what each field gets of them
writer          writes entries
vocabulary      how frequent the terms are, and which of them a prefix or a typo matches
crossings       phrases that cross borders between passages
proximity       passages with a query's words near each other score higher
queries         clauses -> queries of the engine
reader          rankings, scores and rows for words
engine_errors   errors of the engine -> errors of this package
"""
