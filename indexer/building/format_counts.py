"""What a build has read of each format, and what it could not read, in words and as JSON."""

from collections import Counter
from typing import Any

from indexer.building.report import BuildReport
from indexer.documents import SkipReason
from indexer.reading.extraction.formats.table import FORMATS, Format

__all__ = ["formats_json", "formats_line"]

_IN_WORDS = {SkipReason.NO_TEXT: "without text"}


def formats_line(report: BuildReport) -> str:
    """Return a line such as "26 PDF (3 without text), 17 Word; not read: 18 JPEG, 2 .doc".

    The number of a format is that of all its files, and the number in brackets that of those among
    them that are not in the index. Of a folder of text it is empty.
    """
    refused = _refused(report)
    read = []
    for formats in _by_label():
        problems = sum((refused.get(each.name, Counter()) for each in formats), Counter())
        number = sum(report.formats[each.name] for each in formats) + problems.total()
        if number:
            words = [
                f"{count:,} {_IN_WORDS.get(reason, reason.value)}"
                for reason, count in problems.most_common()
            ]
            counted = formats[0].counted(number)
            read.append(counted + (f" ({', '.join(words)})" if words else ""))
    kinds = [f"{count:,} {kind}" for kind, count in _unsupported(report).most_common()]
    not_read = f"not read: {', '.join(kinds)}" if kinds else ""
    return "; ".join(filter(None, [", ".join(read), not_read]))


def formats_json(report: BuildReport) -> dict[str, Any]:
    """Return the documents and refused files of each format, and the kinds that are not read."""
    refused = _refused(report)
    names = [each.name for each in FORMATS if report.formats[each.name] or each.name in refused]
    return {
        "read": {
            name: {
                "documents": report.formats[name],
                "refused": {reason.value: n for reason, n in refused.get(name, Counter()).items()},
            }
            for name in names
        },
        "not_read": dict(_unsupported(report).most_common()),
    }


def _by_label() -> list[list[Format]]:
    """Return the formats, those that people call the same together."""
    found: dict[str, list[Format]] = {}
    for each in FORMATS:
        found.setdefault(each.label, []).append(each)
    return list(found.values())


def _refused(report: BuildReport) -> dict[str, Counter[SkipReason]]:
    found: dict[str, Counter[SkipReason]] = {}
    for skipped in report.skipped:
        if skipped.format:
            found.setdefault(skipped.format, Counter())[skipped.reason] += 1
    return found


def _unsupported(report: BuildReport) -> Counter[str]:
    return Counter(
        skipped.detail for skipped in report.skipped if skipped.reason is SkipReason.UNSUPPORTED
    )
