"""Which generation answers now, and how does the next one come about?

reload  the searcher of the published generation, replaced when a new one is published
jobs    builds as child processes
drift   how the folder has changed since it was indexed
status  what is answered from
"""
