"""How much one request may ask for: limits that are part of the published contract."""

__all__ = [
    "MAX_FILTERS",
    "MAX_GLOB_CHARS",
    "MAX_LIMIT",
    "MAX_LISTED_SKIPPED",
    "MAX_MEDIA_TYPE_CHARS",
    "MAX_OPERATORS",
    "MAX_QUERY_CHARS",
    "MAX_QUOTATION_CHARS",
    "MAX_REACH",
    "MAX_WILDCARDS",
]

# Longer than any question, and short enough to bound what one request can cost.
MAX_QUERY_CHARS = 1_000
# More than anybody types. One prefix means up to fifty words of the index, and each phrase is
# looked for in every passage that has its words.
MAX_OPERATORS = 20
MAX_FILTERS = 20
# As long as a path may be.
MAX_GLOB_CHARS = 4_096
# To make an expression of thousands takes longer than to match it.
MAX_WILDCARDS = 100
# Passages on one page.
MAX_LIMIT = 100
# Deeper pages than this nobody reads, and every candidate above them costs time.
MAX_REACH = 1_000
MAX_QUOTATION_CHARS = 100_000
# Skipped files in the report of a job.
MAX_LISTED_SKIPPED = 100
# Both of their names, as RFC 6838 limits them, and the slash.
MAX_MEDIA_TYPE_CHARS = 255
