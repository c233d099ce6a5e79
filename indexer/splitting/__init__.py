"""Here is a document: where does one passage end and the next one begin?

splitter      document -> passages, and the windows inside each
sentences     where sentences and sections start
graphemes     where a text may be cut at all
boilerplate   which lines many files of a folder share, so that they are not searched in each
"""
