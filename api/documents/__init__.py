"""What do the indexed documents say, and is it still in their files?

document_reader  documents and passages by their public ids
presentation     stored documents and passages -> what clients are shown of them
highlighter      where the terms of a query occur in a text, and the span that answers best
quotations       a quotation is compared with its file as it is now
"""
