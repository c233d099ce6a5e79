"""What do the indexed documents say, and is it still in their files?

document_reader  documents and passages by their public ids
presentation     stored documents and passages -> the fields that clients get
highlighter      where the terms of a query occur in a text, and the span that answers best
quotations       quotations, compared with the current content of their files
"""
