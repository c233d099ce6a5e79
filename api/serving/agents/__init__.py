"""What may an agent ask? Tools of the Model Context Protocol, over one index.

requests    what the tools take
answers     what the tools return
budget      how much text fits into a number of tokens
parts       a passage, lines or pages of a document, with what is around them
wording     places and verdicts in words
searching   the tool `search`
reading     the tool `read`
verifying   the tool `verify`
listing     the tools `list_documents` and `status`
rendering   answers as short texts, in which the texts of documents are marked as data
tools       the table of all tools
protocol    the server of the protocol
sessions    the protocol over HTTP, loaded with its first request
"""
