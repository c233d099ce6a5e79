"""What all requests to one application share. Only this module reads it from the application."""

import threading
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from api.serving.drift import DriftWatch
from api.serving.jobs import Jobs
from api.serving.reload import Searchers
from api.settings import ServerSettings
from api.web.access import Access

__all__ = ["Provided", "Services", "provide", "services_of"]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one server.

    Streams of events end when `stopping` is set: a server waits for the answers that it has begun.
    """

    settings: ServerSettings
    access: Access
    searchers: Searchers
    jobs: Jobs
    drift: DriftWatch
    stopping: threading.Event


def provide(app: FastAPI, services: Services) -> None:
    """Let every request to the application find the services."""
    app.state.services = services


def services_of(app: FastAPI) -> Services:
    """Return what `provide` was given for the application."""
    services: Services = app.state.services
    return services


async def _services_of_request(request: Request) -> Services:
    return services_of(request.app)


Provided = Annotated[Services, Depends(_services_of_request)]
"""The services, as routes ask for them."""
