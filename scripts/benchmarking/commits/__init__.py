"""Is one commit of Spanlight faster than another?

main.py       the command line of compare_commits.py
comparing.py  each commit measured by its own benchmark.py, turn by turn
"""
