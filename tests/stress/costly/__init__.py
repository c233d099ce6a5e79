"""Does anything take too long, or too much memory?

command.py  options -> costly queries and costly folders, and what came of them
queries.py  requests that cost much
files.py    folders that cost much to index
"""
