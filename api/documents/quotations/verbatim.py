"""Where a text has a quotation verbatim. The time is linear in the length of any text."""

from collections.abc import Iterator

from indexer.spans import Span

__all__ = ["nearest_occurrence", "occurrences"]


def occurrences(text: str, quoted: str) -> Iterator[Span]:
    """Yield the places of the quotation, in order; none overlap."""
    start = text.find(quoted)
    while start >= 0:
        end = start + len(quoted)
        yield Span(start, end)
        start = text.find(quoted, end)


def nearest_occurrence(text: str, wanted: str, start: int) -> int | None:
    """Return the occurrence that begins nearest to `start`; the earlier if two are equally near."""
    start = min(start, len(text))
    after = text.find(wanted, start)
    # An occurrence that begins before this is farther away than the one after `start`.
    least = 0 if after < 0 else max(0, 2 * start - after)
    # `find` on the reversed text, because the worst case of `rfind` is quadratic.
    reversed_before = text[least : start + len(wanted) - 1][::-1]
    from_end = reversed_before.find(wanted[::-1])
    if from_end >= 0:
        return least + len(reversed_before) - from_end - len(wanted)
    return after if after >= 0 else None
