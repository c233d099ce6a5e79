"""Check that an extraction keeps the promises of its pieces, and show it for a golden file."""

from indexer.reading.extraction.pieces import Extraction, PieceKind
from indexer.reading.extraction.reconstruction import reconstruct

__all__ = ["require_proof", "shown"]

_BY_ENGINE = {PieceKind.DRAWN, PieceKind.CELL}


def require_proof(extraction: Extraction, content: bytes) -> None:
    """Require that pieces are in order and in the source, and that only blanks are between them."""
    text = extraction.text
    end = 0
    for piece in extraction.pieces:
        assert end <= piece.start < piece.end
        assert set(text[end : piece.start]) <= set("\n\t ")
        if piece.kind not in _BY_ENGINE:
            place = extraction.places[piece.place]
            assert reconstruct(piece, place, content) == text[piece.start : piece.end]
        end = piece.end
    assert end == len(text)
    text.encode()


def shown(extraction: Extraction) -> str:
    """Return everything about an extraction, one fact a line."""
    text = extraction.text
    lines = [f"{name}: {value}" for name, value in extraction.metadata._asdict().items() if value]
    lines += [f"warning: {warning}" for warning in extraction.warnings]
    lines += [f"heading {each.level} at {each.start}: {each.title}" for each in extraction.headings]
    lines += [f"{each.kind} {each.label} at {each.start}" for each in extraction.marks]
    lines += [f"repeated: {each.of(text)!r}" for each in extraction.repeated]
    lines += ["", text, ""]
    for piece in extraction.pieces:
        place = extraction.places[piece.place]
        name = f"{place.name} {place.encoding} {place.transfer}".strip()
        source = f"{piece.source_start}-{piece.source_end}"
        lines.append(f"{piece.kind} {name} {source}: {text[piece.start : piece.end]!r}")
    return "\n".join(lines) + "\n"
