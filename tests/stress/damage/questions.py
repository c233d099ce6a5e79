"""Requests to an index that may be damaged, and the result of each.

The result is the hash of the answer, which has to be the same, or the code of a named error.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from pydantic import BaseModel

from api.contract.quotations import QuotedSpan, VerifyRequest
from api.contract.search import Facet, GroupBy, Mode, SearchRequest, SearchResponse
from api.search.models.query_model import QueryModel
from api.search.ranking_settings import read_ranking_settings
from api.search.searcher import Searcher
from api.settings import ServerSettings
from indexer.building.check import check_index
from indexer.errors import IndexUnusable, InvalidSetting, SpanlightError
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration
from indexer.index.snapshot import open_snapshot

__all__ = ["Requests", "ask", "check", "choose_requests", "named", "tell"]

# The number of passages, from all over the corpus, that queries are made from.
ASKED_PASSAGES = 3
# The grouping of hits for each query from a passage.
GROUPINGS = (GroupBy.PASSAGE, GroupBy.PASSAGE, GroupBy.PASSAGE, GroupBy.DOCUMENT)
SOUND = "sound"
NAMED = "error "
UNEXPECTED = "unexpected "


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests, in a form that can be sent to another process."""

    queries: list[str]
    modes: list[Mode]
    documents: list[str]
    passages: list[str]
    quotation: tuple[str, int, int, str]


def choose_requests(index: IndexFolder, model: QueryModel | None) -> Requests:
    """Return requests that this index can answer, and check the answers against the source files.

    Raises AssertionError if an answer differs from its file.
    """
    searcher = _searcher(index, index.current(), model)
    with closing(searcher.snapshot):
        modes = list(searcher.modes.supported)
        found = searcher.search(SearchRequest(q="-qxqxq", limit=100, mode=Mode.LEXICAL))
        folder = searcher.snapshot.folder
        for hit in found.hits:
            content = (folder / hit.document.path).read_bytes()
            text = content.decode(hit.document.encoding or "")
            assert text[hit.span.start : hit.span.end] == hit.text, hit.document.path
            assert hashlib.sha256(content).hexdigest() == hit.document.sha256, hit.document.path
        chosen = found.hits[:: max(1, len(found.hits) // ASKED_PASSAGES)][:ASKED_PASSAGES]
        quoted = chosen[-1]
        return Requests(
            queries=[query for hit in chosen for query in _queries(hit.text)],
            modes=modes,
            documents=sorted({hit.document.id for hit in found.hits}),
            passages=[hit.passage_id for hit in chosen],
            quotation=(quoted.document.path, quoted.span.start, quoted.span.end, quoted.text),
        )


def _queries(text: str) -> list[str]:
    """Return a query of each kind, with words of the text."""
    words = [word for word in text.split() if word.isalpha() and len(word) > 3][:5]
    first, *others = words or ["word"]
    return [
        " ".join(words),
        f'"{first}" {" ".join(others)}',
        f"{first[:3]}* {first}~",
        f"+{first} -{first}{first} path:*",
    ]


def ask(
    index: IndexFolder,
    requests: Requests,
    model: QueryModel | None,
    generation: Callable[[], PublishedGeneration],
) -> dict[str, str]:
    """Return the result of opening the generation and, if it opens, of each request."""
    snapshot: list[Searcher] = []
    told = {"open": tell(lambda: snapshot.append(_searcher(index, generation(), model)))}
    for searcher in snapshot:
        with closing(searcher.snapshot):
            told |= {name: tell(request) for name, request in _each(searcher, requests)}
    return told


def _each(searcher: Searcher, requests: Requests) -> list[tuple[str, Callable[[], object]]]:
    """Return every request under its name."""

    def search(query: str, mode: Mode, group_by: GroupBy) -> SearchResponse:
        return searcher.search(
            SearchRequest(q=query, mode=mode, group_by=group_by, facets=list(Facet), explain=True)
        )

    path, start, end, text = requests.quotation
    quotation = VerifyRequest(path=path, span=QuotedSpan(start=start, end=end), text=text)
    each: list[tuple[str, Callable[[], object]]] = [
        (f"{mode} search for {query}", partial(search, query, mode, GROUPINGS[number % 4]))
        for mode in requests.modes
        for number, query in enumerate(requests.queries)
    ]
    for document in requests.documents:
        each += [
            (f"document {document}", partial(searcher.documents.metadata, document)),
            (f"text of {document}", partial(searcher.documents.text, document)),
            (f"part of {document}", partial(searcher.documents.text, document, 30, 60)),
        ]
    for passage in requests.passages:
        each += [
            (f"passage {passage}", partial(searcher.documents.passage, passage, before=1)),
            (f"like {passage}", partial(searcher.similar.find, passage, limit=5)),
        ]
    each.append(("suggestions", partial(searcher.suggester.suggest, requests.queries[0][:12], 8)))
    each.append(("quotation", partial(searcher.quotations.check, quotation)))
    return each


def check(index: IndexFolder) -> str:
    """Return the result of `--check`."""
    problems: list[str] = []
    told = tell(lambda: problems.extend(check_index(index)))
    return f"{NAMED}problems" if problems else told


def tell(request: Callable[[], object]) -> str:
    """Return the result of a request: an answer, a named error or an unexpected one."""
    try:
        answer = request()
    except (IndexUnusable, InvalidSetting) as error:
        return f"{NAMED}{error.code}"
    except SpanlightError as error:
        # For instance, that a document does not exist, although it does.
        return f"{UNEXPECTED}{error.code}: {error}"
    except BaseException as error:
        return f"{UNEXPECTED}{type(error).__name__}: {error}"
    if answer is None:
        return SOUND
    return hashlib.sha256(_lasting(answer).encode()).hexdigest()[:16]


def named(told: str) -> str | None:
    """Return the code of a named error, or None for any other result."""
    return told.removeprefix(NAMED) if told.startswith(NAMED) else None


def _lasting(answer: object) -> str:
    """Return the answer without the time that it took."""
    assert isinstance(answer, BaseModel)
    return json.dumps(answer.model_dump(mode="json", exclude={"took_ms"}), sort_keys=True)


def _searcher(
    index: IndexFolder, generation: PublishedGeneration, model: QueryModel | None
) -> Searcher:
    saved = read_ranking_settings(index)
    snapshot = open_snapshot(index, generation)
    return Searcher(snapshot, model, ServerSettings(index=index.path), None, saved)
