"""Here is a file that is more than text: what does it say, and where exactly in the file?

pieces          the values: pieces of a text, and the places in the file that they are from
builder         the only way in which a reader makes a text; it compares each piece with its source
reconstruction  the text of a piece, from the bytes of the file and the standard library alone
maps            pieces, places and marks as compact bytes
formats         which reader reads a file
child           a process with limits, in which files are read
html            pages of the web

mail            letters and boxes of letters
archives        files inside archives and mails
marked          Jupyter notebooks, RTF and subtitles
"""
