"""Here is a document: where does one passage end and the next one begin?

splitter       document -> passages, and the windows inside each
windows        sentences of a passage -> its windows
packing        sentences -> passages of about equal weight
pieces         document -> sentences, those that are too long in parts
sentences      where sentences and sections start
joints         where a sentence starts right after another one, without a blank
abbreviations  words before a full stop that does not end a sentence
encoded        base64 and other data, which is not embedded
records        runs of text that no passage is cut inside without need
tables         tables and their header rows
graphemes      where a text may be cut
boilerplate    lines that many files of a folder share, which weigh little
"""
