"""What is the user looking for? Query text -> Query, without input or output.

query         the query language: words, phrases, operators, filters
query_tokens  query text -> tokens
globs         path globs
"""
