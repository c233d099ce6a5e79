"""Here is a document: what is it called?

title       the choice: what the document says of itself, the name of its file, its opening words
first_line  whether a line reads as a title
file_name   whether the name of a file says anything
"""
