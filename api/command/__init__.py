"""How is it run from a shell?

spanlight.py  `spanlight COMMAND`: every command under one name
serve.py      `spanlight serve`, `python -m api`: its options
serving.py    the server in a process of its own, from the settings until it is stopped
keys.py       `spanlight keys`: make, list and remove API keys
evaluate.py   `spanlight evaluate`: its options
evaluation/   judged queries -> measures of relevance
"""
