"""What does a request ask for? Request -> question, and the page to show.

questions   which retrievers are asked, and with what vector and weight
filters     path globs, media types and times -> a condition on documents
selections  filters -> the documents of one generation
evidence    what the words of a query are evidence of
paging      the page that is asked for
"""
