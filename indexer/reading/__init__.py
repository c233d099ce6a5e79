"""Here is a folder: what is in it that can be indexed, and what does it say?

sources       the files below it, in the order of their paths, and why others are left out
watch         when something in it may have changed: the only importer of watchfiles
readers       the bytes of a file -> a document, or the reason why not
decoding      bytes -> text, where the encoding is marked or UTF-8
detection     which encoding a text has otherwise
latin         which of the encodings with one byte a letter
media_types   what kind of file a name means
outline       title and headings, and the document made of them
formats/      one reader a format
"""
