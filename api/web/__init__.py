"""How does a request come in, and how does its answer go out? HTTP around the searcher.

app           create_app puts everything together
services      the parts of the server that all requests share
middleware    what surrounds every request
keys          API keys and their file
connections   what clients may send before it is a request
access        who sends a request
permissions   what the sender's key allows
query_string  refuses addresses that would be misread
routes        the HTTP API
pages         the web page
problems      errors -> problem documents
openapi       the application's description of itself
"""
