"""Here is a document: where does one passage end and the next one begin?

splitter      document -> passages, and the windows inside each
sentences     where sentences and sections start
graphemes     where a text may be cut
boilerplate   lines that many files of a folder share, which are searched in one of them only
"""
