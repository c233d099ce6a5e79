"""How is it run from a shell?

reindex.py          `spanlight index`, `python -m indexer`: bring the index of a folder up to date
options.py          its command line and the environment -> Options
reindexing.py       Options -> build, dry run, check or watch
reports.py          what was done, as a person reads it and as JSON
progress.py         how far a build is: bars on a terminal, lines elsewhere
stopping.py         what ends a build from outside: Ctrl-C, or the request to terminate
backup.py           `spanlight backup`: copy an index while it is used
reindex_process.py  the command that builds, as a child process
default_index.py    where ./scripts/run puts the index of a folder
arguments.py        what all command lines share: their parser, errors and exit codes
console.py          standard output and standard error, safe for any file name
"""
