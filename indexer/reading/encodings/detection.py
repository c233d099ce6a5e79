"""Detect the encoding of a text that is neither marked nor UTF-8.

There are three kinds of evidence, strongest first. For Western and Central European text it is the
alphabet of its accented letters (`latin`). For Japanese and Korean it is the share of kana or
Hangul, which is high in the right encoding only. For all other text it is charset-normalizer,
which compares the letters with those of the languages it knows. Limited to these scripts, it is
either right or unsure.

The names are known to both Python and the web's TextDecoder, so that anyone can check a span.
"""

import codecs
import re

from charset_normalizer import from_bytes

from indexer.reading.encodings.latin import latin_encoding

__all__ = ["detect_encoding"]

# Detection reads this much on either side of the first byte that is not UTF-8.
_SAMPLE_BYTES = 32_768

_SYLLABLES = (
    ("euc-jp", re.compile("[ぁ-ヺ]"), 0.2),
    ("ms932", re.compile("[ぁ-ヺ]"), 0.2),
    ("euc-kr", re.compile("[가-힣]"), 0.9),
)

_OTHERS = {
    codecs.lookup(name).name: name
    for name in (
        "windows-1251",
        "koi8-r",
        "cp866",
        "iso-8859-5",
        "windows-1253",
        "windows-1255",
        "windows-1256",
        "tis-620",
        "gb18030",
        "big5",
    )
}
# Measured on paragraphs and on single lines: right answers score .25 or more, wrong ones 0.
_MIN_COHERENCE = 0.2
_MAX_CHAOS = 0.1


def detect_encoding(content: bytes, *, around: int) -> str | None:
    """Return the name of the encoding, or None if no encoding is likely enough.

    `around` is the first byte that is not UTF-8. Only a sample is examined, so the rest may still
    fail to decode.
    """
    sample = _sample(content, around)
    if sample.isascii() or _is_broken_utf8(sample):
        return None
    return latin_encoding(sample) or _by_syllables(sample) or _by_language(sample)


def _sample(content: bytes, around: int) -> bytes:
    """Return a part of the content, cut between characters where that is possible."""
    start, end = max(0, around - _SAMPLE_BYTES), around + _SAMPLE_BYTES
    sample = content[start:end]
    # Bytes below 0x30 are never part of a longer character in the encodings in question.
    if start and (cut := re.search(rb"[\x00-/]", sample)):
        sample = sample[cut.end() :]
    if end < len(content) and (cut := re.search(rb"[\x00-/]", sample[::-1])):
        sample = sample[: len(sample) - cut.end()]
    return sample


def _is_broken_utf8(sample: bytes) -> bool:
    """Return whether most of the bytes beyond ASCII are valid UTF-8.

    Such a file was damaged or cut off; any other encoding would turn all of them into wrong
    letters.
    """
    fitting = sample.decode("utf-8", "ignore").encode()
    return _beyond_ascii(fitting) > _beyond_ascii(sample) / 2


def _beyond_ascii(content: bytes) -> int:
    return len(content.translate(None, bytes(range(0x80))))


def _by_syllables(sample: bytes) -> str | None:
    for encoding, syllable, share in _SYLLABLES:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        characters = len(re.findall(r"[^\x00-\x7f]", text))
        if len(syllable.findall(text)) >= share * characters:
            return encoding
    return None


def _by_language(sample: bytes) -> str | None:
    # Lines in ASCII would be recognised as English, whatever language the others are in.
    lines = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())
    best = from_bytes(
        lines, cp_isolation=list(_OTHERS), preemptive_behaviour=False, enable_fallback=False
    ).best()
    if best is None or best.coherence < _MIN_COHERENCE or best.chaos > _MAX_CHAOS:
        return None
    return _OTHERS[codecs.lookup(best.encoding).name]
