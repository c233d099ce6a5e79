"""How does a request come in, and how does its answer go out? HTTP around the searcher.

app           create_app puts everything together
services      what all requests share
middleware    what surrounds every request
keys          API keys and their file
access        whose request it is
permissions   what its key allows
query_string  addresses that would be misread are refused
routes        the HTTP API
pages         the web page
problems      errors -> problem documents
openapi       the application's description of itself
"""
