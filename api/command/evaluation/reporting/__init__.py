"""How are the measurements shown?

summary.py  answers to many queries -> one row for each setting
tables.py   tables on a terminal
report.py   an HTML page with tables and plots
plots.py    line plots as SVG
"""
