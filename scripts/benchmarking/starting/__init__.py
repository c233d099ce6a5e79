"""How long do the commands take to start?

options.py    benchmark.py start -> StartOptions
command.py    StartOptions -> the table
"""
