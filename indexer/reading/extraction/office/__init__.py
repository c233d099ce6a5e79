"""Here is a zip file with a document in it: what does it say, and in which member?

packages       the members of a zip file, within limits
markup         the elements of a member that is XML, and each run of its text with its bytes
blocks         the paragraphs and tables of a document, and how they become its text
nesting        where the next block of a document goes
shapes         the shapes of a slide, and the order in which they become text
properties     the title, the author and the date that a file says about itself
relationships  what the parts of a Word, PowerPoint or Excel file have to do with one another
word           DOCX
slides         PPTX
open_document  ODT, ODP and ODG
ebook          EPUB
workbook       XLSX, XLSB, XLS and ODS
"""
