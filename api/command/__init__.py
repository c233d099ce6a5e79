"""How is it run from a shell?

spanlight.py  `spanlight COMMAND`: every command under one name
asking/       commands that ask an index: search, cite, verify, open, status
completion/   scripts with which shells complete all commands
serve.py      options of `spanlight serve` and `python -m api`
serving.py    the server process, from its settings until it stops
keys.py       `spanlight keys`: create, list and remove API keys
evaluate.py   options of `spanlight evaluate`
evaluation/   judged queries -> measures of relevance
"""
