"""Here is a spreadsheet: what do its cells say?

reader  the file -> its text: sheet by sheet, a row on each line
limits  what a spreadsheet may make of its engine
"""
