"""How does a person read what was measured?

summary.py  many queries -> one row per setting
tables.py   the rows, on a terminal
report.py   a page of HTML with tables and plots
plots.py    line plots as SVG
"""
