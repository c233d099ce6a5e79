"""What is indexed, and what is asked?

copied.py    a copy of the first files of a folder, and more for an incremental build
passages.py  the passages of a folder, as a build embeds them
queries.py   queries that nobody asked before, drawn from the folder itself
"""
