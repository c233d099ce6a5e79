"""Here is a folder: which of its files can be indexed, and what do they say?

sources       the files below it, in the order of their paths, and why others are skipped
ignoring      which paths the ignore files of the folder exclude
watch         reports that something in it may have changed
notifications what the kernel tells about watched folders
readers       the bytes of a file -> a document, or the reason why there is none
decoding      bytes -> text, where the encoding is marked or UTF-8
detection     the encoding of any other text
latin         the encoding of a text in Latin letters with one byte a letter
media_types   the name of a file -> its media type
outline       title and headings, and the document made from them
formats/      one reader per format
"""
