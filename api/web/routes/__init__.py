"""What does each address of the HTTP API answer? Only routing.

search        searches, batches and suggestions
documents     documents, passages, similar passages, quotations
files         the files themselves, and pages of PDFs as images
jobs          reindexing
job_events    a job's progress as server-sent events
status        the state of the index, health checks, metrics
agents        tools for agents, over the Model Context Protocol
dependencies  what these modules share
"""

from api.web.routes import agents, documents, files, jobs, search, status

__all__ = ["API_ROUTERS"]

API_ROUTERS = (
    search.router,
    documents.router,
    files.router,
    jobs.admin,
    agents.router,
    status.router,
    status.health,
)
