"""A folder in; an index that is up to date with it, and what was done, out.

options.py      command line and environment -> Options
command.py      Options -> build, dry run, check or watch
progress.py     how far a build is: bars on a terminal, lines elsewhere
reports.py      what was done, as a person reads it and as JSON
console.py      standard output and standard error, safe for any file name
"""
