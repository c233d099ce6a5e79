"""Where in its file is a text from, and what does the file show there?

extents      what a span takes up in each place
origins      the source of a passage, for each format
pieces       the pieces of a span with their places
place_names  places in words, and as fragments of addresses
outline      pages, slides, sheets and headings of a part of a text
originals    the bytes of a file, as long as they are those that were indexed
proofs       whether a span is in the bytes of its file
images       pages of a PDF as images
"""
