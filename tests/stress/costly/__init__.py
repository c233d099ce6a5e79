"""Does anything take too long, or too much memory?

command.py  options -> costly queries and folders, and their results
queries.py  requests that are costly to answer
files.py    folders that are costly to index
"""
