"""Query -> candidates -> ranking -> hits, as JSON and as pages: the server.

ranking    scores -> one ranking; pure
contract   what a client sends and gets back
settings   how the server is set up
query      text -> Query; pure
telemetry  stages with a time limit, metrics, logs
documents  documents, their marked text, and quotations of them
suggest    completions and spelling
search     the read path over one generation
serving    the generation that answers now, jobs, and drift
web        HTTP: routes, pages, access, middleware
command    the console command, what it asks an index, keys, and evaluation
"""
