"""Reads PDFs in a process of its own, with a limit of memory, because PDFium may abort it.

Takes the path of a file on each line; answers with a line of JSON: what came of it.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Generator, Iterable
from pathlib import Path

from indexer.reading.extraction.pieces import NotExtracted
from tests.indexer.reading.extraction.pdf.reading import is_drawn, read

__all__ = ["outcomes"]

MEMORY = 2 << 30
# What becomes of a file whose process dies.
DIED = "died"
# Pieces that are compared with what PDFium alone gives.
COMPARED = 3


def outcomes(paths: Iterable[Path]) -> Generator[str, None, None]:
    """Yield what comes of each file: "read", the reason for which it is not, or "died"."""
    child: subprocess.Popen[str] | None = None
    try:
        for path in paths:
            if child is None:
                child = subprocess.Popen(
                    [sys.executable, "-m", __name__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            assert child.stdin
            assert child.stdout
            child.stdin.write(f"{path}\n")
            child.stdin.flush()
            answer = child.stdout.readline()
            if not answer:
                child.communicate()
                child = None
            yield json.loads(answer) if answer else DIED
    finally:
        if child:
            child.communicate()


def outcome(path: Path) -> str:
    """Return what comes of a file. An AssertionError says what is wrong with its pieces."""
    content = path.read_bytes()
    try:
        extraction = read(content)
    except NotExtracted as refused:
        return str(refused.reason)
    for piece in extraction.pieces[:COMPARED]:
        page = extraction.places[piece.place].start
        text = extraction.text[piece.start : piece.end]
        assert is_drawn(text, content, page, piece.source_start, piece.source_end), text
    return "read"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin:
        try:
            found = outcome(Path(line.rstrip("\n")))
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
        print(json.dumps(found), flush=True)
