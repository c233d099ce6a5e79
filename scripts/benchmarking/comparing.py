"""What a filter costs against none, and the page against the API: asked turn by turn."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from scripts.benchmarking.latency import Comparison, Latency
from scripts.benchmarking.narrow_filters import MOST_FILTERS, NarrowFilter
from scripts.benchmarking.queries import UnseenQueries
from scripts.benchmarking.server import connect, first_byte_ms, request_ms

__all__ = ["FilterCost", "compare_filters", "compare_page", "compared_queries"]

Ask = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class FilterCost:
    """What a filter costs in each mode, against searches of the same run without it."""

    narrow: NarrowFilter
    modes: dict[str, Comparison]

    def as_json(self) -> dict[str, Any]:
        by_mode = {mode: each.as_json() for mode, each in self.modes.items()}
        return {"filter": asdict(self.narrow), "modes": by_mode}


def compared_queries(count: int, *, modes: int) -> int:
    """Return how many queries both comparisons take at most."""
    return count * (modes * (1 + MOST_FILTERS) + 2)


def compare_filters(
    port: int,
    filters: Sequence[NarrowFilter],
    modes: Sequence[str],
    queries: UnseenQueries,
    count: int,
) -> list[FilterCost]:
    """Ask `count` queries without a filter and with each, in every mode."""
    connection = connect(port)

    def asking(mode: str, narrow: NarrowFilter | None) -> Ask:
        filtered = {narrow.parameter: narrow.value} if narrow is not None else {}
        return lambda query: request_ms(
            connection, "/v1/search?" + urlencode({"q": query, "mode": mode} | filtered)
        )

    costs = [FilterCost(narrow, {}) for narrow in filters]
    for mode in modes:
        asks = [asking(mode, None), *(asking(mode, narrow) for narrow in filters)]
        plain, *filtered = _turn_by_turn(asks, queries, count)
        for cost, latency in zip(costs, filtered, strict=True):
            cost.modes[mode] = Comparison(latency, plain)
    connection.close()
    return costs


def compare_page(port: int, queries: UnseenQueries, count: int) -> Comparison:
    """Hold the page's first byte against the API's whole answer."""
    connection = connect(port)
    page, api = _turn_by_turn(
        [
            lambda query: first_byte_ms(connection, "/?" + urlencode({"q": query})),
            lambda query: request_ms(connection, "/v1/search?" + urlencode({"q": query})),
        ],
        queries,
        count,
    )
    connection.close()
    return Comparison(page, api)


def _turn_by_turn(asks: Sequence[Ask], queries: UnseenQueries, count: int) -> list[Latency]:
    """Return the latency of each way to ask: what slows the machine for a while slows them all."""
    found: list[list[float]] = [[] for _ in asks]
    for _ in range(count):
        for ask, milliseconds, query in zip(asks, found, queries.take(len(asks)), strict=True):
            milliseconds.append(ask(query))
    return [Latency.of(each, sum(each) / 1_000) for each in found]
