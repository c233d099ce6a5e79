"""What an agent does with the tools, through the SDK's client: ask, read on, quote, verify."""

import hashlib
from pathlib import Path
from typing import Any

from mcp.client.client import Client

__all__ = ["FILES", "TOOLS", "answer_a_question", "ask"]

TOOLS = ["search", "read", "verify", "list_documents", "status"]
FILES = {
    "minutes/may.md": "# Harbour board, May\n\n"
    + "".join(f"Item {number}: the minutes of April were read.\n\n" for number in range(40))
    + "The board closed the bridge at Ardnish until the pier is repaired.\n"
    "The repair costs 40,000 pounds and ends in August.\n",
    "minutes/june.md": "# Harbour board, June\n\nThe ferry has a new engine.\n",
}


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Return the structured answer of a tool; fail if it is an error."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.content
    content: dict[str, Any] = result.structured_content
    return content


async def answer_a_question(client: Client, folder: Path) -> None:
    """Answer a question from the documents, with a quotation that has been verified."""
    assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
    status = await ask(client, "status")
    assert status["documents"] == len(FILES)

    found = await ask(client, "search", query="why was the bridge closed", max_tokens=100)
    first = found["quotations"][0]
    assert first["path"] == "minutes/may.md"
    assert "closed the bridge at Ardnish" in first["text"]

    around = await ask(client, "read", passage_id=first["passage_id"], max_tokens=400)
    assert "40,000 pounds" in around["text"]
    assert around["sha256"] == first["sha256"]

    sentence = "The repair costs 40,000 pounds and ends in August."
    start = around["span"]["start"] + around["text"].index(sentence)
    asked = {
        "path": around["path"],
        "span": {"start": start, "end": start + len(sentence)},
        "text": sentence,
        "sha256": around["sha256"],
    }
    invented = {"text": "The board sold the harbour to a brewery."}
    verified = await ask(client, "verify", quotations=[asked, invented])
    told, refuted = verified["results"]
    assert (told["verdict"], refuted["verdict"]) == ("exact", "gone")

    content = (folder / told["found"]["path"]).read_bytes()
    span = told["found"]["span"]
    assert content.decode()[span["start"] : span["end"]] == sentence
    assert hashlib.sha256(content).hexdigest() == told["found"]["sha256"]
