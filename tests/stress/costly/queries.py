"""Requests over HTTP that are costly to answer, and plain ones to compare them with."""

import http.client
import json
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice, product
from statistics import median
from string import ascii_lowercase
from typing import Any, NamedTuple
from urllib.parse import urlencode

from api.contract.limits import MAX_LIMIT, MAX_QUERY_CHARS, MAX_QUOTATION_CHARS, MAX_REACH
from scripts.benchmarking.serving.server import HOST

__all__ = ["Asked", "CostlyRequest", "ask", "costly_requests", "plain_median_ms", "plain_requests"]

LIMIT_S = 120.0
# The beginnings of most English words.
BEGINNINGS = (
    *("in", "re", "co", "de", "pr", "st", "un", "se", "ma", "ca", "ex", "di", "pa", "te", "tr"),
    *("fi", "ad", "lo", "im", "fo", "th", "wh", "an", "no", "is", "to", "of", "on"),
)
STOP_WORDS = ("the", "of", "and", "to", "a", "in", "is", "it", "for", "that", "on", "with", "as")
PAIRS = ["".join(pair) for pair in product(ascii_lowercase, repeat=2)]
TRIPLES = ["".join(triple) for triple in product(ascii_lowercase, repeat=3)]
PLAIN = (
    "how to change the settings",
    "network error retry",
    "ferry bridge harbour",
    "memory of the process",
    "license of the project",
    "what is the default value",
    "a list of all files",
    "open the window",
)


class CostlyRequest(NamedTuple):
    """A request of `searches` searches; without a body it is a GET."""

    name: str
    target: str
    body: dict[str, Any] | None = None
    searches: int = 1


class Asked(NamedTuple):
    status: int
    ms: float
    body: bytes


def ask(port: int, request: CostlyRequest) -> Asked:
    """Send the request and return the answer with the time that it took."""
    connection = http.client.HTTPConnection(HOST, port, timeout=LIMIT_S)
    try:
        began = time.perf_counter()
        if request.body is None:
            connection.request("GET", request.target)
        else:
            content = json.dumps(request.body).encode()
            connection.request(
                "POST", request.target, content, {"Content-Type": "application/json"}
            )
        response = connection.getresponse()
        body = response.read()
        return Asked(response.status, (time.perf_counter() - began) * 1_000, body)
    finally:
        connection.close()


def plain_requests(modes: Sequence[str]) -> Iterator[CostlyRequest]:
    for query in PLAIN:
        for mode in modes:
            yield CostlyRequest("plain", "/v1/search", {"q": query, "mode": mode})


def plain_median_ms(port: int, modes: Sequence[str]) -> float:
    """Return the median time of plain searches, each asked twice."""
    requests = [*plain_requests(modes)] * 2
    return median(ask(port, request).ms for request in requests)


def costly_requests(port: int, modes: Sequence[str]) -> Iterator[CostlyRequest]:
    """Yield requests, each with a unique name; some of them use content of the index."""
    for name, query in _queries():
        q = query[:MAX_QUERY_CHARS]
        for mode in modes:
            yield CostlyRequest(f"{mode}: {name}", "/v1/search", {"q": q, "mode": mode})
        yield CostlyRequest(f"with everything: {name}", "/v1/search", {"q": q, **EVERYTHING})
        yield CostlyRequest(f"page: {name}", "/?" + urlencode({"q": q}))
        yield CostlyRequest(f"suggest: {name}", "/v1/suggest?" + urlencode({"q": q, "limit": 20}))
    yield from _filtered()
    yield from _deep_pages(port)
    yield from _batches()
    yield from _of_documents(port)
    for begun in (*ascii_lowercase, *BEGINNINGS, *(f"the {each}" for each in BEGINNINGS)):
        yield CostlyRequest(f"suggest: {begun}", "/v1/suggest?" + urlencode({"q": begun}))


EVERYTHING = {
    "limit": MAX_LIMIT,
    "offset": MAX_REACH - MAX_LIMIT,
    "group_by": "document",
    "group_size": 10,
    "facets": ["folder", "type", "year"],
    "explain": True,
}


def _queries() -> Iterator[tuple[str, str]]:
    """Yield names and queries; the queries are later cut to 1,000 characters."""
    yield "letters", " ".join(ascii_lowercase) * 20
    yield "words of two letters", " ".join(PAIRS)
    yield "one word, repeated", "a " * 500
    yield "stop words", _repeated(STOP_WORDS)
    yield "numbers", " ".join(map(str, range(300)))
    yield "words that no file contains", " ".join(f"qzx{pair}" for pair in PAIRS)
    yield "misspelt words", "confixuratoin memmory settinggs liecnse"
    yield "prefixes", " ".join(f"{pair}*" for pair in PAIRS)
    yield "prefixes of most words", _repeated([f"{each}*" for each in BEGINNINGS])
    yield "prefixes that must occur", _repeated([f"+{each}*" for each in BEGINNINGS])
    yield "prefixes that must not occur", _repeated([f"-{each}*" for each in BEGINNINGS])
    yield "typos", " ".join(f"{each}~" for each in TRIPLES[::11])
    yield "long typos", " ".join(f"{number:03}{'abcdefghi' * 4}~" for number in range(30))
    yield "typos in several scripts", " ".join(_in_scripts(number) for number in range(30))
    yield "groups", "(a OR b) " * 120
    yield "nested groups", "(" * 300 + "a OR b" + ")" * 300
    yield "a group of prefixes", f"({' OR '.join(f'{each}*' for each in PAIRS[:120])})"
    yield "groups that must not occur", " ".join(f"-({a}* OR b{a}*)" for a in BEGINNINGS)
    yield "words that must occur", " ".join(f"+{pair}" for pair in PAIRS)
    yield "words that must not occur", " ".join(f"-{pair}" for pair in PAIRS)
    yield "a phrase of stop words", f'"{_repeated(STOP_WORDS)[:900]}"'
    yield "a phrase of one word", f'"{"the " * 240}"'
    yield "phrases", " ".join(f'"the {each}"' for each in STOP_WORDS * 6)
    yield "path globs", " ".join(f"path:**/*{pair}*/**" for pair in PAIRS)
    yield "path globs that exclude", " ".join(f"-path:**/*{pair}*/**" for pair in PAIRS)
    yield "a hostile glob", f"path:**/{'*a' * 400}b a"
    yield "a glob of folders", f"a path:{'**/*/' * 190}x"
    yield "titles", " ".join(f"title:{pair}" for pair in PAIRS)
    yield "Han characters", "".join(map(chr, range(0x4E00, 0x4E00 + 1_000)))
    yield "Hangul", "".join(map(chr, range(0xAC00, 0xAC00 + 1_000)))
    yield "one Han character, repeated", "\u7684" * 1_000
    yield "combining marks", "a" + "\u0301" * 999
    yield "identifiers", " ".join(f"a-{pair}" for pair in PAIRS)
    yield "one long identifier", "a-b.c:d/" * 125
    yield "quotation marks", '"a"' * 333
    yield "open quotation marks", '"a ' * 333
    yield "emoji", "\U0001f600" * 1_000
    yield "everything, by excluding nothing", "-zzzzzz"


def _repeated(words: Sequence[str]) -> str:
    return " ".join(islice(cycle(words), 400))


def _in_scripts(number: int) -> str:
    """Return a fuzzy term with letters of many scripts, so that it has very many neighbours."""
    letters = "".join(chr(first + number) for first in (0x3B1, 0x430, 0x561, 0x1E01, 0xE0, 0x10D0))
    return f"{letters * 6}~"


def _filtered() -> Iterator[CostlyRequest]:
    every = {"q": "the file", "limit": MAX_LIMIT}
    for name, parameters in (
        ("globs that keep all", {"path": ["**/*"] * 20}),
        ("globs that keep nothing", {"path": [f"{'**/*a*/' * 500}{n}" for n in range(20)]}),
        ("regular expressions", {"path": [f"{'*a' * 2_000}{n}" for n in range(20)]}),
        ("sets", {"path": [f"{'[!a-z]?' * 580}{n}" for n in range(20)]}),
        ("types that no file has", {"type": [f"text/{n}" for n in range(20)]}),
        ("the future", {"modified_after": "9999"}),
        ("all of time", {"modified_before": "9999"}),
        ("a score that no hit has", {"min_score": 1.0}),
        ("a score that half of the hits have", {"min_score": 0.5, "fold_duplicates": False}),
    ):
        yield CostlyRequest(f"filter: {name}", "/v1/search", {**every, **parameters})


def _deep_pages(port: int) -> Iterator[CostlyRequest]:
    """Yield the searches for every tenth page, each with the cursor of the previous page."""
    search: dict[str, Any] = {"q": "the file of a window", "limit": 10, "fold_duplicates": False}
    for number in range(100):
        request = CostlyRequest(f"page {number}", "/v1/search", search)
        if number % 10 == 9:
            yield request
        cursor = json.loads(ask(port, request).body).get("next_cursor")
        if cursor is None:
            return
        search = {**search, "cursor": cursor}


def _batches() -> Iterator[CostlyRequest]:
    prefixes = _repeated([f"{each}*" for each in BEGINNINGS])
    for name, queries in (
        ("plain searches", [f"{PLAIN[number % len(PLAIN)]} {number}" for number in range(100)]),
        ("one costly search", [prefixes[:MAX_QUERY_CHARS]] * 100),
        ("costly searches", [prefixes[number:][: MAX_QUERY_CHARS - 1] for number in range(100)]),
    ):
        searches = [{"q": query, "limit": 10} for query in queries]
        yield CostlyRequest(
            f"batch: {name}", "/v1/search/batch", {"searches": searches}, searches=100
        )


def _of_documents(port: int) -> Iterator[CostlyRequest]:
    """Yield requests about the largest of a hundred documents."""
    found = ask(port, CostlyRequest("any", "/v1/search", {"q": "the", "limit": MAX_LIMIT}))
    hits = json.loads(found.body)["hits"]
    if not hits:
        return
    hit = max(hits, key=lambda hit: int(hit["document"]["size_bytes"]))
    document, passage = hit["document"]["id"], hit["passage_id"]
    yield CostlyRequest("its whole text", f"/v1/documents/{document}/text")
    yield CostlyRequest("its page", f"/documents/{document}?" + urlencode({"q": "the OR a* of"}))
    yield CostlyRequest("its neighbours", f"/v1/passages/{passage}?before=20&after=20")
    yield CostlyRequest(
        "passages like it", f"/v1/passages/{passage}/similar?limit={MAX_LIMIT}&explain=true"
    )
    for name, text in (("of one letter", "a"), ("of blanks", " ")):
        quoted = text * MAX_QUOTATION_CHARS
        span = {"start": 2**40 - 1 - len(quoted), "end": 2**40 - 1}
        yield CostlyRequest(
            f"a quotation {name}",
            "/v1/verify",
            {"path": hit["document"]["path"], "span": span, "text": quoted},
        )
