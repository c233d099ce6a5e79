"""`spanlight mcp`: an agent starts it, and talks to it over its standard input and output."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, write
from tests.api.serving.agents.agent_flow import FILES, answer_a_question, ask

ROOT = Path(__file__).parents[3]
RUN = ["-c", "from api.command.spanlight import main; raise SystemExit(main())", "mcp"]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def index(tmp_path: Path) -> IndexFolder:
    for path, text in FILES.items():
        write(tmp_path / "folder", path, text)
    index = IndexFolder(tmp_path / "index")
    publish(tmp_path / "folder", index)
    return index


def started(index: IndexFolder) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=[*RUN, "--index", str(index.path)],
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
    )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_answers_with_a_verified_quotation(
    mode: str, index: IndexFolder, tmp_path: Path
) -> None:
    async def talk() -> None:
        with (tmp_path / "errors").open("w") as errors:
            transport = stdio_client(started(index), errors)
            async with Client(transport, mode=mode) as client:
                await answer_a_question(client, tmp_path / "folder")

    asyncio.run(talk())


def test_the_settings_in_the_readme_start_it(index: IndexFolder, tmp_path: Path) -> None:
    page = (ROOT / "api" / "README.md").read_text("utf-8")
    found = re.search(r"<!-- checked: the settings of an agent -->\n```json\n(.*?)```", page, re.S)
    assert found is not None
    settings = json.loads(found[1].replace("/path/to/index", str(index.path)))
    server = settings["mcpServers"]["documents"]
    assert Path(server["command"]).name == "spanlight"
    parameters = started(index)
    parameters.args = [*RUN[:2], *server["args"]]

    async def talk() -> None:
        with (tmp_path / "errors").open("w") as errors:
            async with Client(stdio_client(parameters, errors)) as client:
                assert (await ask(client, "status"))["documents"] == len(FILES)

    asyncio.run(talk())


def test_a_new_build_is_taken_up(index: IndexFolder, tmp_path: Path) -> None:
    async def talk() -> None:
        with (tmp_path / "errors").open("w") as errors:
            async with Client(stdio_client(started(index), errors)) as client:
                write(tmp_path / "folder", "july.md", "The lighthouse was painted white.\n")
                publish(tmp_path / "folder", index)
                while (await ask(client, "status"))["documents"] == len(FILES):
                    await asyncio.sleep(0.05)
                found = await ask(client, "search", query="lighthouse")
                assert [each["path"] for each in found["quotations"]] == ["july.md"]

    asyncio.run(asyncio.wait_for(talk(), 60))


def test_without_an_index_it_says_so_and_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, *RUN, "--index", str(tmp_path / "none")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("spanlight mcp: ")
    assert str(tmp_path / "none") in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_traceback(number: signal.Signals, index: IndexFolder) -> None:
    with subprocess.Popen(
        [sys.executable, *RUN, "--index", str(index.path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        assert '"id":1' in process.stdout.readline()
        process.send_signal(number)
        said, errors = process.communicate(timeout=60)
    assert process.returncode == -number
    assert said == ""
    assert "Traceback" not in errors


def test_it_ends_with_its_input(index: IndexFolder) -> None:
    done = subprocess.run(
        [sys.executable, *RUN, "--index", str(index.path)],
        cwd=ROOT,
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr
