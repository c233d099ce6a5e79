"""Here is a Word file: what does its reader see?

reader  the file -> its text, with each tracked change accepted
styles  what its styles say of paragraphs: headings, hidden text, tables of contents
"""
