"""What is on a page? Answers -> values that a template can show without further logic.

search          the form, the hits, and their addresses
document        a part of a document with its marks
document_parts  which part of a long document is shown
similar         a passage and similar ones
index           the index, how the folder differs from it, and the last job
"""
