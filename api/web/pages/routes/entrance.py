"""Signing in with an API key, and signing out."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams

from api.contract.errors import KeyRequired
from api.telemetry.outcome import note_error
from api.web.keys import key_id
from api.web.middleware.authentication import KEY_COOKIE, key_cookies
from api.web.pages.rendering import HEADERS, render_page
from api.web.pages.routes.forms import Form
from api.web.pages.views.form import SearchForm
from api.web.query_string import require_single
from api.web.services import Provided, Services

__all__ = ["entrance"]

# How long a browser stays signed in.
SIGNED_IN_S = 30 * 86_400
# Browsers treat a backslash as a slash, and two slashes as the beginning of another host's name.
OWN_ADDRESS = re.compile(r"/(?![/\\])[^\\]*")

entrance = APIRouter(include_in_schema=False)


@entrance.api_route("/sign-in", methods=["GET", "HEAD"])
def sign_in_page(request: Request, services: Provided) -> Response:
    """Return the form that asks for an API key, if the server has any."""
    require_single(request.query_params.multi_items())
    return _form(request, services, _own_address(request.query_params.get("next", "/")))


@entrance.post("/sign-in")
async def sign_in(request: Request, fields: Form, services: Provided) -> Response:
    """Store the key in a cookie that scripts cannot read, and continue to the wanted page."""
    secret, following = fields.get("key", "").strip(), _own_address(fields.get("next", "/"))
    caller = services.access.caller(secret)
    if caller is None:
        note_error(KeyRequired.code)
        return _form(request, services, following, wrong=True)
    response = RedirectResponse(following, 303, headers=HEADERS)
    if caller.key is None:
        return response
    _forget_keys(request, response, services)
    response.set_cookie(
        f"{KEY_COOKIE}_{key_id(secret)}",
        secret,
        max_age=SIGNED_IN_S,
        path=_cookie_path(services),
        secure=request.url.scheme == "https",
        httponly=True,
        # With "strict", somebody who follows a link to a passage would have to sign in again.
        samesite="lax",
    )
    return response


@entrance.api_route("/sign-out", methods=["GET", "HEAD"])
def form_of_sign_out() -> Response:
    """Redirect to the page with the form; browsers ask for its address if they load it again."""
    return RedirectResponse("/sign-in", 303, headers=HEADERS)


@entrance.post("/sign-out")
async def sign_out(request: Request, services: Provided) -> Response:
    """Delete the cookie with the key."""
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    _forget_keys(request, response, services)
    return response


def _form(request: Request, services: Services, following: str, *, wrong: bool = False) -> Response:
    """Return the form; `wrong` says that the key sent with it was not valid."""
    return render_page(
        request,
        "sign_in.html",
        401 if wrong else 200,
        form=SearchForm(QueryParams()),
        following=following,
        required=services.access.required,
        wrong=wrong,
    )


def _forget_keys(request: Request, response: Response, services: Services) -> None:
    """Delete the cookies with keys of this server; those of others on the host remain."""
    for name, secret in key_cookies(request.headers).items():
        caller = services.access.caller(secret)
        if caller is not None and caller.key is not None:
            response.delete_cookie(name, path=_cookie_path(services), httponly=True, samesite="lax")


def _cookie_path(services: Services) -> str:
    """Return below which path browsers send the cookie: other programs share the rest."""
    return services.settings.root_path or "/"


def _own_address(address: str) -> str:
    """Return the address if it belongs to this server, else that of the start page."""
    # Browsers drop control characters before they look at the rest.
    is_own = OWN_ADDRESS.fullmatch(address) is not None and address.isprintable()
    return address if is_own else "/"
