"""Here is a row: what does its passage say, and is it undamaged?

file          the SQLite file: its tables, how it is opened, and what its errors mean
new_records   makes records of a document and its passages
reader        reads documents, passages and embeddings, and checks each
writer        adds them, marks documents as removed, and deletes old ones
skipped       the files of a folder that are not in the index, and why
"""
