"""Is a folder indexed whatever its files are called and dated, and wherever they lie?

command.py    options -> random trees, each followed through builds, a watch, drift and searches
odd_tree.py   a folder of odd entries, and changes to it
account.py    what each file of a folder should have become, found without our walk
followed.py   a folder that a watch keeps indexed, and how its index differs from a fresh one
"""
