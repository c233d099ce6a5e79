"""What does a request ask for? Request -> question, with the page that is wanted.

questions   which retrievers are asked, with what vector and weight
filters     path globs, media types and times -> a condition on documents
selections  filters -> the documents of one generation
paging      pages and cursors
"""
