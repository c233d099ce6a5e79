"""Is a quotation still true, and where is it? Text -> verdict, places and differences.

checker        the verdict, from one file or from all documents
places         places as clients get them
current_files  the content that an indexed file has now
candidates     the parts of an index that may contain a quotation
narrowing      the parts of a long text that may
comparing      a quotation and one text
verbatim       where a text has it verbatim
similarity     where a text has it with a few words changed
alignment      which words agree
differences    where two texts differ, and in what
tokens         a text as words and signs
stretches      parts of documents that know where they begin
"""
