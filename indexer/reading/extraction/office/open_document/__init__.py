"""Here is an OpenDocument file: what does its reader see?

reader  the file -> its text: of a document, of slides or of a drawing
styles  what its styles say: hidden text, titles, lines of code
"""
