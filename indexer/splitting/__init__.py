"""Here is a document: where does one passage end and the next one begin?

splitter       document -> passages, and the windows inside each
sentences      where sentences and sections start
joints         where a sentence starts right after another one, without a blank
abbreviations  words before a full stop that does not end a sentence
graphemes      where a text may be cut
boilerplate    lines that many files of a folder share, which weigh little
"""
