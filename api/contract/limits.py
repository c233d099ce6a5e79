"""How much one request may ask for: limits that are part of the published contract."""

__all__ = [
    "LONG_QUERY_CHARS",
    "MAX_AUTHOR_CHARS",
    "MAX_FILTERS",
    "MAX_GLOB_CHARS",
    "MAX_LIMIT",
    "MAX_LISTED",
    "MAX_LISTED_SKIPPED",
    "MAX_MEDIA_TYPE_CHARS",
    "MAX_OPERATORS",
    "MAX_QUERY_CHARS",
    "MAX_QUOTATION_CHARS",
    "MAX_REACH",
    "MAX_SOURCE_CHARS",
    "MAX_WILDCARDS",
]

# Any passage can be pasted, and the cost of one request is still bounded.
MAX_QUERY_CHARS = 5_000
# Nobody types as much. A longer query is a pasted text, in which nothing is an operator.
LONG_QUERY_CHARS = 1_000
# More than anybody types. One prefix expands to up to fifty words of the index, and each phrase is
# checked in every passage that contains its words.
MAX_OPERATORS = 20
MAX_FILTERS = 20
MAX_AUTHOR_CHARS = 200
# The longest path on Linux.
MAX_GLOB_CHARS = 4_096
# Compiling a pattern with thousands of wildcards takes longer than matching it.
MAX_WILDCARDS = 100
# Passages on one page.
MAX_LIMIT = 100
# Nobody reads deeper pages, and every candidate above them costs time.
MAX_REACH = 1_000
MAX_QUOTATION_CHARS = 100_000
# The part of a text whose pieces are told in one answer.
MAX_SOURCE_CHARS = 10_000
# Files on one page of the list of documents.
MAX_LISTED = 1_000
# Skipped files in the report of a job.
MAX_LISTED_SKIPPED = 100
# Type and subtype, 127 characters each by RFC 6838, and the slash.
MAX_MEDIA_TYPE_CHARS = 255
