"""Which generation answers now, and how is the next one built?

reload        the searcher of the published generation, replaced when a new one is published
query_models  the embedding model of that generation
jobs          builds that clients start, one at a time
job_process   one build as a child process
job_records   the jobs that all servers of the index know
drift         how the folder has changed since it was indexed
status        the state of the index that answers
agents        tools for agents, over the Model Context Protocol
announcement  where other programs on this machine find the server of an index
library       an index opened in this process, without a server
"""
