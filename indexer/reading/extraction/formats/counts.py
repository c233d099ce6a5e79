"""What was read of each format, and what could not be read, in words and as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from indexer.documents import SkippedFile, SkipReason
from indexer.reading.extraction.formats.table import FORMATS, Format

__all__ = ["formats_json", "formats_line"]

_IN_WORDS = {SkipReason.NO_TEXT: "without text"}


def formats_line(formats: Counter[str], skipped: Sequence[SkippedFile]) -> str:
    """Return a line such as "26 PDF (3 without text), 17 Word; not read: 18 JPEG, 2 .doc".

    `formats` counts the documents of each. The number of a format in the line is that of all its
    files, and the number in brackets that of those among them that are not in the index. Of a
    folder of text it is empty.
    """
    refused = _refused(skipped)
    read = []
    for alike in _by_label():
        problems = sum((refused.get(each.name, Counter()) for each in alike), Counter())
        number = sum(formats[each.name] for each in alike) + problems.total()
        if number:
            words = [
                f"{count:,} {_IN_WORDS.get(reason, reason.value)}"
                for reason, count in problems.most_common()
            ]
            counted = alike[0].counted(number)
            read.append(counted + (f" ({', '.join(words)})" if words else ""))
    kinds = [f"{count:,} {kind}" for kind, count in _unsupported(skipped).most_common()]
    not_read = f"not read: {', '.join(kinds)}" if kinds else ""
    return "; ".join(filter(None, [", ".join(read), not_read]))


def formats_json(formats: Counter[str], skipped: Sequence[SkippedFile]) -> dict[str, Any]:
    """Return the documents and refused files of each format, and the kinds that are not read."""
    refused = _refused(skipped)
    names = [each.name for each in FORMATS if formats[each.name] or each.name in refused]
    return {
        "read": {
            name: {
                "documents": formats[name],
                "refused": {reason.value: n for reason, n in refused.get(name, Counter()).items()},
            }
            for name in names
        },
        "not_read": dict(_unsupported(skipped).most_common()),
    }


def _by_label() -> list[list[Format]]:
    """Return the formats, those that people call the same together."""
    found: dict[str, list[Format]] = {}
    for each in FORMATS:
        found.setdefault(each.label, []).append(each)
    return list(found.values())


def _refused(skipped: Sequence[SkippedFile]) -> dict[str, Counter[SkipReason]]:
    found: dict[str, Counter[SkipReason]] = {}
    for each in skipped:
        if each.format:
            found.setdefault(each.format, Counter())[each.reason] += 1
    return found


def _unsupported(skipped: Sequence[SkippedFile]) -> Counter[str]:
    return Counter(each.detail for each in skipped if each.reason is SkipReason.UNSUPPORTED)
