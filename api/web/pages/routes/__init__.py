"""Which page does each address show? Routing; `views` say what is on a page.

search     searches, help, and this search as an engine of the browser
documents  a document, passages like a passage
index      the index and its jobs
entrance   signing in and out
forms      the fields that a browser sends
"""

from api.web.pages.routes import documents, entrance, index, search

__all__ = ["PAGE_ROUTERS"]

PAGE_ROUTERS = (search.router, documents.router, index.admin, entrance.entrance)
