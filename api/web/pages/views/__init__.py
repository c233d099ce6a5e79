"""What is on a page? Answers -> values that a template only has to write down.

search          the form, the hits, and their addresses
document        a part of a document with its marks
document_parts  which part of a long document is shown
similar         a passage and what is like it
index           the index, how the folder differs from it, and the last job
"""
