"""What each part of a mail is for: to be read, to be named as an attached file, or for programs."""

from collections.abc import Iterator, Sequence

from indexer.reading.extraction.mail.structure import Part
from indexer.reading.extraction.mail.transfer import decoded_bytes

__all__ = ["attached_parts", "best_alternative", "enclosed_mails", "is_encrypted", "is_shown"]

# They prove who wrote a letter.
_SIGNATURES = frozenset(
    ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"]
)
_ENCRYPTED = frozenset(
    ["application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"]
)
# Texts for programs.
_DATA = frozenset(
    [
        *["text/calendar", "text/css", "text/csv", "text/rtf", "text/richtext", "text/vcard"],
        *["text/x-vcard", "text/xml"],
    ]
)


def is_shown(part: Part) -> bool:
    """Return whether the text of the part is text of the mail."""
    if part.media_type == "message/delivery-status":
        return True
    is_text = part.media_type.startswith("text/") and part.media_type not in _DATA
    return is_text and part.disposition != "attachment"


def is_encrypted(part: Part) -> bool:
    """Return whether only the receiver can read the part."""
    return part.media_type in _ENCRYPTED


def attached_parts(mail: Part) -> Iterator[Part]:
    """Yield the attached files of a mail, without those of the mails that it encloses."""
    if mail.is_mail:
        return
    for part in mail.parts:
        yield from attached_parts(part)
    if mail.parts or mail.file_name is None or is_shown(mail) or mail.media_type in _SIGNATURES:
        return
    # Pictures inside a letter are a part of its looks.
    if mail.disposition == "attachment" or not mail.media_type.startswith("image/"):
        yield mail


def enclosed_mails(mail: Part) -> Iterator[Part]:
    """Yield the parts of a mail that are mails themselves, without those inside them."""
    if mail.is_mail:
        yield mail
        return
    for part in mail.parts:
        yield from enclosed_mails(part)


def best_alternative(content: bytes, parts: Sequence[Part]) -> Sequence[Part]:
    """Return the alternative to read: the first plain one with text, else the last HTML."""
    for media_type, ordered in (("text/plain", parts), ("text/html", parts[::-1])):
        for part in ordered:
            if any(_has_text(content, each, media_type) for each in part.walk()):
                return (part,)
    return ()


def _has_text(content: bytes, part: Part, media_type: str) -> bool:
    if part.media_type != media_type or not is_shown(part):
        return False
    return bool(decoded_bytes(content, part)[0].strip())
