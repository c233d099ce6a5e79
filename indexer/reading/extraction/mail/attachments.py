"""The files attached to a mail or to the mails of a box: their names and decoded bytes."""

from collections.abc import Iterator

from indexer.reading.extraction.mail.kinds import attached_parts, enclosed_mails
from indexer.reading.extraction.mail.mbox import messages_of
from indexer.reading.extraction.mail.structure import Bounds, Part, read_structure
from indexer.reading.extraction.mail.transfer import decoded_bytes
from indexer.reading.extraction.pieces import Limits

__all__ = ["attached_files"]


def attached_files(content: bytes, limits: Limits, *, is_box: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the attached files of a mail and of the mails inside it.

    In a box, the names begin with the number of the message.
    """
    bounds = Bounds(header_bytes=limits.header, parts=limits.members)
    if not is_box:
        yield from _attached(content, read_structure(content, 0, len(content), bounds))
        return
    for number, message in enumerate(messages_of(content), start=1):
        mail = read_structure(content, message.start, message.end, bounds)
        for name, attached in _attached(content, mail):
            yield f"{number}/{name}", attached


def _attached(content: bytes, mail: Part) -> Iterator[tuple[str, bytes]]:
    for part in attached_parts(mail):
        assert part.file_name is not None
        # A slash in the name of an attached file is no folder.
        name = part.file_name.value.replace("/", "_").replace("\\", "_")
        yield name, decoded_bytes(content, part)[0]
    for enclosed in enclosed_mails(mail):
        for inner in enclosed.parts:
            yield from _attached(content, inner)
