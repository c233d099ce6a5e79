"""Here is a row: what does its passage say, and is it as it was written?

file      the SQLite file: its tables, how it is opened, what its errors mean
reader    documents, passages and embeddings, none of them returned unchecked
writer    the same, added, marked as gone, and deleted
"""
