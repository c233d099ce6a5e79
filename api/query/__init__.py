"""What is the user looking for? Query text -> Query, without input or output.

parser        query text -> query
query         a parsed query
query_tokens  query text -> tokens
typography    the marks of other keyboards
options       options of commands, told from exclusions
joints        AND, NOT and NEAR between words
alternatives  OR between words
filters       path:, title:, type:, ext:, after: and before:
globs         path globs
notices       what is said about text that looks like an operator
syntax        the table of the query language
"""
