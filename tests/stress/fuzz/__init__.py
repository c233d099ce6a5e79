"""Is every span right, whatever the file?

command.py   options -> altered files, by chance or by the code that they reach
target.py    the process that atheris guides
quotable.py  a file, read and split, held to the promise: each span is the text at its place
"""
