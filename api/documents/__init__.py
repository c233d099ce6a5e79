"""What do the indexed documents say, and is it still in their files?

document_reader  documents and passages by their public ids
paths            the document at a path
listing          the documents and the skipped files, page by page
cursors          where the next page of a list begins
presentation     stored documents and passages -> the fields that clients get
differences      the words in which two near copies tell different things
highlighter      what matches in a text, its highlights, and the sentences that answer best
sources          where in its file a text is from, and what the file shows there
quotations       quotations, compared with the files: whether they are true, and where
"""
