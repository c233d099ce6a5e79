"""What is the user looking for? Query text -> Query, without input or output.

query         the query language: words, phrases, operators, filters
query_tokens  query text -> tokens
typography    the marks of other keyboards
joints        AND, NOT and NEAR between words
notices       what is said about text that looks like an operator
globs         path globs
"""
