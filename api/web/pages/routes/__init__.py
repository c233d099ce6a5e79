"""Which page does each address show? Only routing; `views` says what is on a page.

search     searches, help, and this server as a search engine of the browser
documents  a document, similar passages
quotations the check of a quotation
index      the index and its jobs
entrance   signing in and out
forms      the fields that a browser sends
"""

from api.web.pages.routes import documents, entrance, index, quotations, search

__all__ = ["PAGE_ROUTERS"]

PAGE_ROUTERS = (
    *(search.router, documents.router, quotations.router),
    *(index.admin, entrance.entrance),
)
