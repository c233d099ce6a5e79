"""Clients that ask a server without pause: patient ones, slow readers, and some that disconnect."""

import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from scripts.benchmarking.serving.server import HOST, search_target

__all__ = ["MODES", "Answers", "Traffic", "misbehave"]

TIMEOUT_S = 60.0
MODES = ("hybrid", "lexical", "semantic")
# As people do: mostly searches, but also suggestions, pages and documents.
KINDS = ("search", "search", "search", "search", "suggest", "page", "document")
# A slow reader takes this many bytes, then sleeps for this many seconds.
SLOW_BYTES, SLOW_S = 1_000, 0.05


@dataclass(slots=True)
class Answers:
    """The answers that came back. `shed` counts the requests refused as overload or timed out."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    generations: set[str] = field(default_factory=set)
    shed: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, other: "Answers") -> None:
        self.milliseconds += other.milliseconds
        self.statuses += other.statuses
        self.generations |= other.generations
        self.shed += other.shed
        self.errors += other.errors


class Traffic:
    """Clients that ask while the block runs, each on its own connection."""

    def __init__(
        self, port: int, queries: Sequence[str], clients: int, modes: Sequence[str] = MODES
    ) -> None:
        self._port = port
        self._queries = queries
        self._modes = modes
        self._ended = threading.Event()
        self._answers = [Answers() for _ in range(clients)]
        self._threads = [
            threading.Thread(target=self._ask, args=(number, answers), daemon=True)
            for number, answers in enumerate(self._answers)
        ]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def answers(self) -> Answers:
        """Return the answers that all clients got."""
        total = Answers()
        for each in self._answers:
            total.add(each)
        return total

    def _ask(self, number: int, answers: Answers) -> None:
        chance = random.Random(number)
        connection = http.client.HTTPConnection(HOST, self._port, timeout=TIMEOUT_S)
        documents: list[str] = []
        while not self._ended.is_set():
            target = self._target(chance, documents)
            began = time.perf_counter()
            try:
                connection.request("GET", target)
                response = connection.getresponse()
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                answers.errors.append(f"{target}: {type(error).__name__} {error}")
                connection.close()
                continue
            answers.milliseconds.append((time.perf_counter() - began) * 1_000)
            answers.statuses[response.status] += 1
            if response.status == http.client.SERVICE_UNAVAILABLE and _is_shed(response, body):
                answers.shed += 1
                time.sleep(int(response.headers["Retry-After"]))
            elif response.status != http.client.OK:
                answers.errors.append(f"{target}: {response.status} {body[:200]!r}")
            elif target.startswith("/v1/search"):
                answers.errors += _problems(json.loads(body), target, answers, documents)
        connection.close()

    def _target(self, chance: random.Random, documents: list[str]) -> str:
        # A mix of two sentences is a query that was not asked before.
        words = f"{chance.choice(self._queries)} {chance.choice(self._queries)}".split()
        query = " ".join(chance.sample(words, min(len(words), chance.randint(1, 8))))[:200]
        match chance.choice(KINDS):
            case "suggest":
                return "/v1/suggest?" + urlencode({"q": query[:12]})
            case "page":
                return "/?" + urlencode({"q": query})
            case "document" if documents:
                return f"/v1/documents/{quote(chance.choice(documents))}/text"
            case _:
                return search_target(query, chance.choice(self._modes))


def misbehave(port: int, target: str, ended: threading.Event) -> None:
    """Until the event is set: ask and disconnect, send part of a request, or read slowly."""
    chance = random.Random(0)
    while not ended.wait(0.1):
        with socket.create_connection((HOST, port), timeout=TIMEOUT_S) as client:
            request = f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
            match chance.randrange(3):
                case 0:
                    client.sendall(request)
                case 1:
                    client.sendall(request[: chance.randrange(len(request))])
                    ended.wait(0.2)
                case _:
                    client.sendall(request)
                    for _ in range(20):
                        if not client.recv(SLOW_BYTES) or ended.wait(SLOW_S):
                            break


def _is_shed(response: http.client.HTTPResponse, body: bytes) -> bool:
    said_why = b"overloaded" in body or b"timed_out" in body
    return said_why and response.headers.get("Retry-After", "").isdecimal()


def _problems(
    found: dict[str, Any], target: str, answers: Answers, documents: list[str]
) -> list[str]:
    """Return what is wrong with an answer, and remember some of its documents."""
    answers.generations.add(found["generation"])
    problems = []
    for hit in found["hits"]:
        documents[:] = [*documents[-20:], hit["document"]["id"]]
        span, best = hit["span"], hit["best"]
        if len(hit["text"]) != span["end"] - span["start"]:
            problems.append(f"{target}: a text of length {len(hit['text'])} at {span}")
        if not span["start"] <= best["start"] <= best["end"] <= span["end"]:
            problems.append(f"{target}: best {best} lies outside {span}")
    return problems
