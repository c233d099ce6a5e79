"""The server of the Model Context Protocol. Only this module loads the SDK, which takes long.

https://modelcontextprotocol.io/specification
"""

import logging
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import anyio
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from starlette.types import Receive, Scope, Send

from api.serving.agents.tools import INSTRUCTIONS, Toolbox
from indexer.command.version import version
from indexer.errors import SpanlightError

__all__ = ["HttpSessions", "serve_stdio"]

log = logging.getLogger(__name__)

# Nothing that the tools do changes anything, and all of it is about one folder.
READS_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class HttpSessions:
    """The protocol over streamable HTTP, one request at a time: no session outlives its request."""

    def __init__(self, toolbox: Toolbox, max_body_bytes: int) -> None:
        self._manager = StreamableHTTPSessionManager(
            _server(toolbox),
            json_response=True,
            stateless=True,
            max_request_body_size=max_body_bytes,
        )

    def run(self) -> AbstractAsyncContextManager[None]:
        """Return a context in which requests are answered."""
        return self._manager.run()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


async def serve_stdio(toolbox: Toolbox) -> None:
    """Answer on standard output what comes in on standard input, until it ends."""
    server = _server(toolbox)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _server(toolbox: Toolbox) -> Server[Any]:
    tools = [_described(each) for each in toolbox.tools.values()]

    async def list_tools(_: Any, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=tools)

    async def call_tool(_: Any, asked: CallToolRequestParams) -> CallToolResult:
        tool = toolbox.tools.get(asked.name)
        if tool is None:
            known = ", ".join(toolbox.tools)
            raise MCPError(INVALID_PARAMS, f"there is no tool {asked.name!r}; there are {known}")
        call = partial(toolbox.call, tool, asked.arguments or {})
        try:
            answer = await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
        except SpanlightError as error:
            return _failure(error.code, str(error))
        except Exception:
            log.exception("a tool failed", extra={"tool": tool.name})
            return _failure("internal_error", "something went wrong inside Spanlight; see its log")
        return CallToolResult(content=[_text(answer.text)], structured_content=answer.content)

    return Server(
        "spanlight",
        title="Spanlight",
        version=version(),
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _described(tool: Any) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.takes.model_json_schema(),
        output_schema=tool.returns.model_json_schema(mode="serialization"),
        annotations=READS_ONLY,
    )


def _failure(code: str, message: str) -> CallToolResult:
    return CallToolResult(content=[_text(f"{code}: {message}")], is_error=True)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)
