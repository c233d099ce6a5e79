"""Is every span of any file right?

command.py   options -> altered files, chosen at random or by the code that they reach
target.py    the process that atheris guides
quotable.py  reads and splits a file, and checks that each span is the text at its place
"""
