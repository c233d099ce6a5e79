"""What is indexed, and which queries are sent?

copied.py    a copy of the first files of a folder, and more for an incremental build
passages.py  the passages of a folder, as a build embeds them
queries.py   queries that were never sent before, taken from the folder itself
"""
