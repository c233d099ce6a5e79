"""Templates -> pages, with the headers that every page has."""

import hashlib
import re
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.contract.limits import MAX_QUERY_CHARS
from api.web.access import Caller
from api.web.keys import Scope
from api.web.pages.marked_text import Layer, exact, mark_text
from api.web.services import services_of
from indexer.spans import Span

__all__ = ["HEADERS", "STATIC_FOLDER", "as_sentence", "home_of", "render", "render_page"]

HERE = Path(__file__).parent
STATIC_FOLDER = HERE / "static"

# Scripts and styles come only from our own files, so no text of a corpus can become one.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# Not the name of a parameter, a file or an address.
PLAIN_BEGINNING = re.compile(r"[a-z]+[ ,;]")
# A full stop after a command would be copied with it.
ENDED = re.compile(r"[.!?…]$|\bwith: [^,;]*$")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    # The index may change at any time.
    "Cache-Control": "no-cache",
}


def render_page(
    request: Request, template: str, status_code: int = 200, **values: object
) -> HTMLResponse:
    """Return a rendered page.

    The template also gets the caller's key and rights, whether original files are given out, and a
    warning.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    values["signed_in"] = caller.key if caller is not None else None
    values["administers"] = caller is not None and Scope.ADMIN in caller.scopes
    values["originals"] = services_of(request.app).settings.originals
    values["warning"] = services_of(request.app).access.warning
    return HTMLResponse(render(request, template, **values), status_code, headers=HEADERS)


def render(request: Request, template: str, **values: object) -> str:
    """Return the rendered text of a template."""
    templates = _environment(services_of(request.app).settings.root_path)
    return templates.get_template(template).render(**values)


def home_of(request: Request) -> str:
    """Return the address of this server as the client knows it, without a slash at the end."""
    root_path = services_of(request.app).settings.root_path
    return str(request.base_url).rstrip("/") + root_path


def as_sentence(message: object) -> str:
    """Return a message of an error as a sentence; names and commands in it stay as they are."""
    text = str(message)
    text = text[:1].upper() + text[1:] if PLAIN_BEGINNING.match(text) else text
    return text if not text or ENDED.search(text) else text + "."


def _first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figure(number: float) -> str:
    """Return the number with at least two significant digits; scores of rank fusion are small."""
    return f"{number:.2f}" if number == 0 or abs(number) >= 0.1 else f"{number:.2g}"


def _percent(share: float) -> str:
    """Return an estimate in whole percent, from 1 to 99, because it is never certain."""
    return f"{min(max(round(100 * share), 1), 99)} %"


def _point_at(query: str, position: int) -> Markup:
    """Return the query with the code point at a position marked."""
    return mark_text(query, 0, [Layer("point", [Span(position, position + 1)])])


def _static_version() -> str:
    """Return a hash of the static files, so that browsers keep them until they change."""
    files = sorted(STATIC_FOLDER.iterdir())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


@cache
def _environment(root_path: str) -> Environment:
    """Return the templates of a server, which give the browser addresses below its root path."""

    def at(address: str) -> str:
        return root_path + address if address.startswith("/") else address

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "exact": exact,
        "figure": _figure,
        "first_capital": _first_capital,
        "percent": _percent,
        "sentence": as_sentence,
        "point_at": _point_at,
    }
    environment.globals |= {
        "at": at,
        "max_query_chars": MAX_QUERY_CHARS,
        "static_version": _static_version(),
    }
    return environment
