"""Signing in with an API key, and signing out."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams

from api.contract.errors import KeyRequired
from api.telemetry.outcome import note_error
from api.web.middleware.authentication import KEY_COOKIE
from api.web.pages.rendering import HEADERS, render_page
from api.web.pages.routes.forms import Form
from api.web.pages.views.search import SearchForm
from api.web.services import Provided

__all__ = ["entrance"]

# How long a browser stays signed in.
SIGNED_IN_S = 30 * 86_400

entrance = APIRouter(include_in_schema=False)


@entrance.api_route("/sign-in", methods=["GET", "HEAD"])
def sign_in_page(request: Request) -> Response:
    """Return the form that asks for an API key."""
    following = _own_address(request.query_params.get("next", "/"))
    form = SearchForm(QueryParams())
    return render_page(request, "sign_in.html", form=form, following=following, error=None)


@entrance.post("/sign-in")
async def sign_in(request: Request, fields: Form, services: Provided) -> Response:
    """Store the key in a cookie that scripts cannot read, and continue to the wanted page."""
    secret, following = fields.get("key", "").strip(), _own_address(fields.get("next", "/"))
    if services.access.required and services.access.caller(secret) is None:
        error = KeyRequired("this API key is not valid")
        note_error(error.code)
        form = SearchForm(QueryParams())
        return render_page(
            request, "sign_in.html", 401, form=form, following=following, error=error
        )
    response = RedirectResponse(following, 303, headers=HEADERS)
    response.set_cookie(
        KEY_COOKIE,
        secret,
        max_age=SIGNED_IN_S,
        secure=request.url.scheme == "https",
        httponly=True,
        # With "strict", somebody who follows a link to a passage would have to sign in again.
        samesite="lax",
    )
    return response


@entrance.post("/sign-out")
async def sign_out() -> Response:
    """Delete the cookie with the key."""
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    response.delete_cookie(KEY_COOKIE, httponly=True, samesite="lax")
    return response


def _own_address(address: str) -> str:
    """Return the address if it belongs to this server, else that of the start page."""
    parts = urlsplit(address)
    is_own = address.startswith("/") and not parts.scheme and not parts.netloc
    # Browsers treat a backslash as a slash, and drop control characters.
    return address if is_own and "\\" not in address and address.isprintable() else "/"
