"""What can be listed?

suggestions  completions of a query
files        documents, and files that are not in the index
"""
