"""Damages a copy of an index, one damage after the other, and searches the index each time."""

import gc
import signal
from collections.abc import Iterator, Sequence

from api.contract.search import Mode, SearchRequest
from api.search.models.query_model import QueryModel
from api.serving.reload import Searchers
from api.settings import ServerSettings
from indexer.embedding.embedder import Embedder
from indexer.errors import SpanlightError
from tests.stress.damage.damaged_index import (
    JOURNAL,
    STORE,
    IndexToDamage,
    embedder_of,
    live_rows,
)
from tests.stress.damage.damages import Damage, replace_file
from tests.stress.damage.questions import ask, check, choose_requests, named

__all__ = ["Worker"]

# A damage that takes longer counts as a hang.
LIMIT_S = 60


class Worker:
    """Does damages to one copy of the index, one at a time, and reports the result of each."""

    def __init__(
        self, copy: IndexToDamage, model: str, todo: Sequence[Damage], served: set[Damage]
    ) -> None:
        self._copy = copy
        self._index = copy.index
        self._model_name = model
        self._todo = todo
        self._served = served
        self._whole = {name: (copy.path / name).read_bytes() for name in copy.files}

    def run(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the figures that each damage adds to, and its errors."""
        embedder = embedder_of(self._model_name)
        self._model = QueryModel(embedder) if embedder is not None else None
        if self._model is not None:
            self._model.load()
        self._requests = choose_requests(self._index, self._model)
        self._expected = ask(self._index, self._requests, self._model, self._index.current)
        self._rows = live_rows(self._copy)
        assert check(self._index) == "sound", check(self._index)
        # The collections below then skip everything loaded so far.
        gc.freeze()
        for damage in self._todo:
            signal.alarm(LIMIT_S)
            path = self._copy.path / damage.name
            replace_file(path, damage.done_to(self._whole[damage.name]))
            self._copy.forget_shared_memory()
            try:
                yield self._asked(damage)
            finally:
                self.restore(damage.name)
                gc.collect()
            signal.alarm(0)

    def restore(self, name: str) -> None:
        replace_file(self._copy.path / name, self._whole[name])
        self._copy.forget_shared_memory()

    def _asked(self, damage: Damage) -> tuple[list[str], list[str]]:
        told = ask(self._index, self._requests, self._model, self._index.current)
        errors = [
            f"{damage}: {name}: {found}"
            for name, found in told.items()
            if found != self._expected[name] and named(found) is None
        ]
        codes = {code for found in told.values() if (code := named(found)) is not None}
        figures = [f"named {code}" for code in sorted(codes)] or ["unharmed answers"]
        checked = check(self._index)
        figures.append("found by --check" if named(checked) else "not found by --check")
        if named(checked) is None and (checked != "sound" or self._must_be_found(damage)):
            errors.append(f"{damage}: --check: {checked}")
        if damage in self._served:
            figures.append("through a server's reload")
            errors += [f"{damage}: {problem}" for problem in self._serve(damage, told)]
        return figures, errors

    def _must_be_found(self, damage: Damage) -> bool:
        """Return whether a check has to find the damage: in a store, if it hit a row in use."""
        if damage.name in {STORE, JOURNAL}:
            return live_rows(self._copy) != self._rows
        return damage.name.startswith("generations/")

    def _serve(self, damage: Damage, told: dict[str, str]) -> Iterator[str]:
        """Yield what is wrong with a server that reloads or starts on the damaged index."""
        current = self._copy.path / "CURRENT"
        named_now = current.read_bytes()
        settings = ServerSettings(index=self._copy.path)
        searchers = Searchers(self._index, settings, self._load_model)
        if damage.place % 2:
            # Open the older generation first; otherwise the server starts on the damaged one.
            replace_file(current, f"{self._copy.older}\n".encode())
            searchers.refresh()
            replace_file(current, named_now)
        try:
            searchers.refresh()
            yield from self._served_wrongly(damage, searchers, told)
        finally:
            searchers.stop()

    def _served_wrongly(
        self, damage: Damage, searchers: Searchers, told: dict[str, str]
    ) -> Iterator[str]:
        """Yield what is wrong with the server's answer."""
        try:
            searcher = searchers.current()
            answer = searcher.search(SearchRequest(q=self._requests.queries[0], mode=Mode.LEXICAL))
        except SpanlightError as error:
            # All generations share the store.
            if damage.name not in {STORE, JOURNAL}:
                yield f"the server does not answer: {error}"
            return
        warned = "older_generation" in {warning.code for warning in answer.warnings}
        opens = named(told["open"]) in {None, "invalid_setting"}
        is_newest = answer.generation == self._copy.newest
        if opens and not is_newest:
            yield "the server answers from the older generation, though the newest is intact"
        if not opens and damage.name != "CURRENT" and is_newest:
            yield "the server answers from the damaged generation"
        if warned == opens:
            verb = "warns" if warned else "does not warn"
            yield f"a server that answers from {answer.generation} {verb}"
        if not opens and not searchers.problems():
            yield "/readyz reports no problem"
        if not answer.hits:
            yield "the server finds nothing"

    def _load_model(self, name: str) -> Embedder:
        embedder = embedder_of(name)
        assert embedder is not None
        return embedder
