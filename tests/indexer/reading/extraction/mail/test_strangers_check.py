"""Anyone can rebuild the text of a mail from its bytes, with the standard library alone."""

import base64
import json
import quopri
from collections.abc import Callable
from email.header import decode_header
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from indexer.reading.extraction.mail.reader import read_mail, read_mbox
from indexer.reading.extraction.pieces import LIMITS, Extraction

GOLDENS = Path(__file__).parents[1] / "goldens"


# This imports nothing of ours. A piece and a place are dictionaries, as the API gives them.
def text_of(piece: dict[str, Any], place: dict[str, Any], content: bytes) -> str:
    """Return the text of a piece of a mail."""
    decode: dict[str, Callable[[bytes], bytes]] = {
        "quoted-printable": quopri.decodestring,
        "base64": base64.b64decode,
    }
    decoder = decode.get(place["transfer"], bytes)
    source = content[place["start"] : place["end"]]
    start, end = piece["source_start"], piece["source_end"]
    # `transfer` counts the bytes before they are decoded, everything else those after it.
    is_encoded = piece["kind"] == "transfer"
    found = decoder(source[start:end]) if is_encoded else decoder(source)[start:end]
    if piece["kind"] == "encoded-word":
        words = decode_header(found.decode("ascii"))
        return "".join(w if isinstance(w, str) else w.decode(c or "ascii") for w, c in words)
    text = found.decode(place["encoding"])
    return unescape(text) if piece["kind"] == "reference" else text


def as_json(extraction: Extraction) -> tuple[list[Any], list[Any]]:
    given = [
        [piece._asdict() for piece in extraction.pieces],
        [place._asdict() for place in extraction.places],
    ]
    pieces, places = json.loads(json.dumps(given))
    return pieces, places


@pytest.mark.parametrize(
    "name", sorted(path.name for path in GOLDENS.iterdir() if path.suffix in {".eml", ".mbox"})
)
def test_a_stranger_rebuilds_the_text(name: str) -> None:
    content = (GOLDENS / name).read_bytes()
    reader = read_mbox if name.endswith(".mbox") else read_mail
    extraction = reader(name, content, LIMITS)
    pieces, places = as_json(extraction)
    assert pieces
    for piece in pieces:
        rebuilt = text_of(piece, places[piece["place"]], content)
        assert rebuilt == extraction.text[piece["start"] : piece["end"]]
