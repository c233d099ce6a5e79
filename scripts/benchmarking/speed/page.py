"""The time of the page compared with the API, turn by turn."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from scripts.benchmarking.corpus.queries import UnseenQueries
from scripts.benchmarking.figures.latency import Comparison, Latency
from scripts.benchmarking.serving.server import connect, first_byte_ms, request_ms

__all__ = ["compare_page", "page_queries"]


def page_queries(count: int) -> int:
    """Return how many queries `compare_page` uses."""
    return 2 * count


def compare_page(port: int, queries: UnseenQueries, count: int) -> Comparison:
    """Return the latency of the page's first byte and of the API's whole answer."""
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


def _turn_by_turn(
    asks: Sequence[Callable[[str], float]], queries: UnseenQueries, count: int
) -> list[Latency]:
    """Return the latency of each way to search. They take turns, so a slow phase hits them all."""
    found: list[list[float]] = [[] for _ in asks]
    for _ in range(count):
        for ask, milliseconds, query in zip(asks, found, queries.take(len(asks)), strict=True):
            milliseconds.append(ask(query))
    return [Latency.of(each, sum(each) / 1_000) for each in found]
