"""Here is a file: which reader reads it?

table        the formats that are read, each with its reader: the only list of them
engines      the names and versions of what takes files apart
signatures   what files begin with, whatever their names are
recognition  the format of a file, by its name and its content
counts       what was read of each format, and what was not, in words
"""
