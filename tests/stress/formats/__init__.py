"""What becomes of damaged files of the formats that are read?

command    the run: each file goes through the reading child, and all go through builds
samples    sound files of every format, from the goldens and from the writers of the tests
mutations  the same files with changes in their bytes, their members or their streams
proof      what must be true of an answer
"""
