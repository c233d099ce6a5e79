"""What is on a page? Answers -> values that a template can show without further logic.

search          a page of results
form            the form of a search, and the searches that it leads to
facets          the values of facets, and the narrower searches that they lead to
hits            hits with their texts, addresses and marks
document        a part of a document with its marks
sections        pages, slides, sheets and so on of an extracted text
document_parts  which part of a long document is shown
similar         a passage and similar ones
skipped         files that are not in the index, and what would help
index           the index, how the folder differs from it, and the last job
"""
