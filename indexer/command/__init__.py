"""How is it run from a shell?

reindex.py          `spanlight index`, `python -m indexer`: bring the index of a folder up to date
options.py          its command line and the environment -> Options
reindexing.py       Options -> build, dry run, check or watch
reports.py          the results of a run, as text and as JSON
progress.py         the progress of a build: bars on a terminal, lines elsewhere
stopping.py         stops a build on Ctrl-C or on the request to terminate
backup.py           `spanlight backup`: copy an index while it is used
reindex_process.py  the command that builds, as a child process
registry.py         which index belongs to which folder
arguments.py        parser, errors and exit codes for all command lines
console.py          standard output and standard error, safe for any file name
"""
