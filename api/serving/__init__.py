"""Which generation answers now, and how is the next one built?

reload  the searcher of the published generation, replaced when a new one is published
jobs    builds as child processes
drift   how the folder has changed since it was indexed
status  the state of the index that answers
"""
