"""How fast is it, and what does that take?

main.py            the command line of benchmark.py, by subject
common_options.py  options that several subjects share

speed/        a folder built and searched by the real commands
growth/       the same at several sizes
embedding/    our embedder against sentence-transformers
starting/     how long the commands take to start
peers/        Spanlight compared with other engines
formats/      files of many formats: how fast they are read, and whether they are found
commits/      two commits of Spanlight, for compare_commits.py

corpus/       the documents and the queries
serving/      the real server as a child process, and requests to it
figures/      what is measured: time, memory, disk space, and the machine
"""
