"""The address of the Model Context Protocol: tools for agents, over streamable HTTP."""

from fastapi import APIRouter, Response
from starlette.types import Receive, Scope, Send

from api.serving.agents.sessions import AgentSessions
from api.web.routes.dependencies import may_search
from api.web.services import Provided

__all__ = ["router"]

# The protocol describes itself, so it is not in the OpenAPI document.
router = APIRouter(dependencies=[may_search], include_in_schema=False)


class _ProtocolAnswer(Response):
    """What the protocol answers to a request."""

    def __init__(self, agents: AgentSessions) -> None:
        super().__init__()
        self._agents = agents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._agents.handle(scope, receive, send)


@router.post("/mcp")
async def mcp(services: Provided) -> Response:
    """Answer a message of the Model Context Protocol."""
    return _ProtocolAnswer(services.agents)
