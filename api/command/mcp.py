"""Offer an index to an agent: tools of the Model Context Protocol, on standard input and output."""

import argparse
import signal
from collections.abc import Sequence
from pathlib import Path

from indexer.command.arguments import Parser, run_command

__all__ = ["main", "parser"]

EPILOG = """\
Agents start this command themselves; api/README.md shows their settings. A running
server offers the same tools at /mcp.
"""


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight mcp") -> int:
    """Answer until the input ends. Return the exit code: 1 if that failed, 2 for wrong options."""
    return run_command(program, lambda: _run(parser(program).parse_args(arguments)))


def parser(program: str) -> Parser:
    parser = Parser(prog=program, description=__doc__, epilog=EPILOG)
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="configuration file in TOML; options and environment variables override it",
    )
    parser.add_argument(
        "--index", type=Path, help="folder of the index (default: .spanlight/index)"
    )
    return parser


def _run(parsed: argparse.Namespace) -> None:
    # These imports take longer than printing the help.
    import anyio

    from api.search.models.cross_encoder import load_cross_encoder
    from api.search.models.reranker import reranker_of
    from api.serving.agents.protocol import serve_stdio
    from api.serving.agents.tools import Toolbox
    from api.serving.drift import DriftWatch
    from api.serving.reload import Searchers
    from api.settings import load_settings
    from api.telemetry.logs import configure_logs
    from indexer.embedding.embedder import LazyEmbedder
    from indexer.index.folder import IndexFolder

    given = {name: value for name, value in vars(parsed).items() if value is not None}
    settings = load_settings(**given)
    configure_logs(settings)
    index = IndexFolder(settings.index)
    reranker = reranker_of(settings, load_cross_encoder)
    searchers = Searchers(index, settings, LazyEmbedder, reranker)
    searchers.start()
    searchers.current()
    # A thread waits for the next line of input, and Python would wait for the thread.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    drift = DriftWatch(index, settings.drift_interval_s)
    anyio.run(serve_stdio, Toolbox(searchers, drift, settings.time_limit_s))
    drift.stop()
    searchers.stop()
