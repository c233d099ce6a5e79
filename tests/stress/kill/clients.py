"""Clients that keep asking a server, and compare each answer with the state of the folder that its
generation was built from.
"""

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from scripts.benchmarking.serving.server import connect
from tests.stress.kill.known_folder import (
    EDITION_PREFIX,
    KnownFolder,
    edition_word,
    known_text,
    known_words,
)

__all__ = ["MOST_ERRORS", "Client", "asking"]

# Otherwise an error that every answer repeats would fill the memory.
MOST_ERRORS = 100


class Client:
    """One connection that sends one request after the other.

    Once a client has had an answer, it must always get one, and never from an older generation
    than the last.
    """

    def __init__(
        self, port: int, folder: KnownFolder, seed: str, modes: tuple[str, ...], pause_s: float
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.generations: set[str] = set()
        self.errors: list[str] = []
        self._port = port
        self._folder = folder
        self._random = random.Random(seed)
        self._modes = modes
        self._pause_s = pause_s
        self._newest = 0
        self._paths: dict[str, str] = {}

    def run(self, ready: threading.Event, stopped: threading.Event) -> None:
        """Ask until stopped; use modes that need the model only once it is ready."""
        connection = connect(self._port)
        asks = [self._search, self._search, self._search, self._text, self._suggest]
        while not stopped.is_set() and len(self.errors) < MOST_ERRORS:
            modes = self._modes if ready.is_set() else self._modes[:1]
            try:
                self._random.choice(asks)(connection, modes)
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(f"a connection failed: {type(error).__name__}: {error}")
                connection.close()
                connection = connect(self._port)
            time.sleep(self._pause_s)
        connection.close()

    def _search(self, connection: http.client.HTTPConnection, modes: tuple[str, ...]) -> None:
        words = self._random.choices(known_words(), k=2)
        words.append(edition_word(self._random.randint(0, self._folder.newest)))
        mode = self._random.choice(modes)
        answer = self._get(connection, "/v1/search", {"q": " ".join(words), "mode": mode})
        if answer is None:
            return
        self.counts[f"searches, {mode}"] += 1
        generation = answer["generation"]
        number = int(generation.partition("-")[0])
        self.generations.add(generation)
        if number < self._newest:
            self._tell(f"generation {generation} answered after {self._newest}")
        self._newest = max(self._newest, number)
        state = self._folder.state(self._folder.state_of(number))
        for hit in answer["hits"]:
            self._check_hit(hit, state, generation)
        if answer["warnings"] != []:
            codes = {warning["code"] for warning in answer["warnings"]} - {"did_you_mean"}
            if codes:
                self._tell(f"warnings {codes} with generation {generation}")

    def _check_hit(self, hit: Mapping[str, Any], state: Mapping[str, int], generation: str) -> None:
        document, span = hit["document"], hit["span"]
        path = document["path"]
        if path not in state:
            self._tell(f"{path} is not a file of {generation}")
            return
        self.counts["hits compared"] += 1
        text = known_text(path, state[path])
        if hit["text"] != text[span["start"] : span["end"]] or not hit["text"]:
            self._tell(f"a hit of {generation} in {path} at {span} is {hit['text'][:80]!r}")
        if document["sha256"] != _sha256(text):
            self._tell(f"{path} has another hash in {generation}")
        self._paths[document["id"]] = path

    def _text(self, connection: http.client.HTTPConnection, modes: tuple[str, ...]) -> None:
        """Ask for a document that was found before, and may be gone by now."""
        if not self._paths:
            self._search(connection, modes)
            return
        first = self._folder.state_of(self._newest)
        identifier, path = self._random.choice(list(self._paths.items()))
        answer = self._get(connection, f"/v1/documents/{identifier}/text", {}, missing=True)
        states = self._states_since(first)
        if answer is None:
            if all(path in state for state in states):
                self._tell(f"{path} was not found")
            del self._paths[identifier]
            return
        self.counts["texts"] += 1
        texts = {known_text(path, state[path]) for state in states if path in state}
        if answer["text"] not in texts or answer["sha256"] != _sha256(answer["text"]):
            self._tell(f"the text of {path} belongs to no known state: {answer['text'][:80]!r}")

    def _suggest(self, connection: http.client.HTTPConnection, _: tuple[str, ...]) -> None:
        """Ask for the words of editions; all in one answer must belong to the same state."""
        first = self._folder.state_of(self._newest)
        answer = self._get(connection, "/v1/suggest", {"q": EDITION_PREFIX, "limit": "20"})
        if answer is None:
            return
        self.counts["suggestions"] += 1
        found = {each["text"] for each in answer["suggestions"] if each["kind"] == "term"}
        known = [set(map(edition_word, state.values())) for state in self._states_since(first)]
        if not found or not any(found <= words for words in known):
            self._tell(f"suggested {sorted(found)}, which do not all belong to one state")

    def _states_since(self, first: int) -> list[Mapping[str, int]]:
        return [self._folder.state(number) for number in range(first, self._folder.newest + 1)]

    def _get(
        self,
        connection: http.client.HTTPConnection,
        path: str,
        parameters: Mapping[str, str],
        *,
        missing: bool = False,
    ) -> dict[str, Any] | None:
        """Return the answer, or None if there is no index yet, or no document where allowed."""
        connection.request("GET", f"{path}?{urlencode(parameters)}" if parameters else path)
        response = connection.getresponse()
        body: dict[str, Any] = json.loads(response.read())
        if response.status == http.client.OK:
            return body
        if response.status == http.client.NOT_FOUND and missing:
            self.counts["documents that were gone"] += 1
            return None
        if not self._newest and body.get("code") == "index_not_found":
            self.counts["answers that there is no index yet"] += 1
            return None
        self._tell(f"{response.status} for {path}: {body.get('code')}: {body.get('detail')}")
        return None

    def _tell(self, error: str) -> None:
        self.errors.append(error)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def asking(clients: list[Client], ready: threading.Event) -> Iterator[None]:
    """Let the clients ask, each in its own thread, until the block ends."""
    stopped = threading.Event()
    threads = [threading.Thread(target=each.run, args=(ready, stopped)) for each in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
