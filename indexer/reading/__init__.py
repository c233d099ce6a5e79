"""Here is a folder: which of its files can be indexed, and what do they say?

sources       the files below it, in the order of their paths, and why others are skipped
containers    the files inside archives and mails, and the bytes of one
ignoring      which paths the ignore files of the folder exclude
temporary     which names are those of temporary files
watch         reports that something in it may have changed
notifications what the kernel tells about watched folders
readers       the bytes of a file -> a document, or the reason why there is none
outline       the document made from a text: its headings, its title, its front matter
encodings/    bytes -> text
formats/      one reader per format
titles/       what a document is called
media_types   the name of a file -> its media type
"""
