"""The parts of the server that all requests share. Only this module knows where they are kept."""

import threading
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from api.serving.agents.sessions import AgentSessions
from api.serving.drift import DriftWatch
from api.serving.jobs import Jobs
from api.serving.reload import Searchers
from api.settings import ServerSettings
from api.web.access import Access

__all__ = ["Provided", "Services", "provide", "services_of"]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one server.

    Streams of events end when `stopping` is set, because a server that stops waits for them.
    """

    settings: ServerSettings
    access: Access
    searchers: Searchers
    jobs: Jobs
    drift: DriftWatch
    agents: AgentSessions
    stopping: threading.Event


def provide(app: FastAPI, services: Services) -> None:
    """Attach the services to the application."""
    app.state.services = services


def services_of(app: FastAPI) -> Services:
    """Return the services of the application."""
    services: Services = app.state.services
    return services


async def _services_of_request(request: Request) -> Services:
    return services_of(request.app)


Provided = Annotated[Services, Depends(_services_of_request)]
"""The services, as a dependency of routes."""
