"""Which words does a PDF show, and where on its pages are they?

engine     the only module that reads with PDFium: pages, their characters and boxes, the outline
words      the words and lines of a page, from its characters
paragraphs where a line ends its paragraph
running    lines that many pages repeat: running headers and footers, page numbers
headings   headings, from the outline or from the size of the letters
metadata   title, author and date, from the document information and XMP
warnings   what people must know about some pages
reader     all of that as one extraction
boxes      where the words of a span are
rendering  a page as an image with marks on it
"""
