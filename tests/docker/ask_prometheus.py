"""Asks a Prometheus for what it scraped, for its rules, and for all that a dashboard shows."""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ADDRESS = "http://127.0.0.1:9090/api/v1/"
SERVICE_UNAVAILABLE = 503
# Grafana replaces these.
VARIABLES = {"$instance": ".*", "$__rate_interval": "5m"}


def main(dashboard: str) -> None:
    """Print one JSON object: the targets, the rules, and the errors of the dashboard's queries."""
    _wait_for_a_scrape()
    queries = list(_queries(json.loads(Path(dashboard).read_text("utf-8"))))
    answers = [(query, _ask("query", query=_replaced(query))) for query in queries]
    print(
        json.dumps(
            {
                "targets": _ask("targets")["data"]["activeTargets"],
                "rules": _ask("rules")["data"]["groups"][0]["rules"],
                "queries": len(queries),
                "errors": [query for query, answer in answers if answer["status"] != "success"],
                "empty": [query for query, answer in answers if not answer["data"]["result"]],
            }
        )
    )


def _wait_for_a_scrape() -> None:
    """Return once Prometheus has scraped the server twice, and has evaluated its rules."""
    for _ in range(600):
        try:
            scraped = _ask("query", query='count_over_time(up{job="spanlight"}[1m]) >= 2')
            rules = _ask("rules")["data"]["groups"]
        except OSError:
            scraped, rules = {"data": {"result": []}}, []
        evaluated = rules and all(rule["health"] != "unknown" for rule in rules[0]["rules"])
        if scraped["data"]["result"] and evaluated:
            return
        time.sleep(0.1)
    sys.exit("Prometheus has not scraped the server for a minute")


def _queries(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "expr" in part:
            yield part["expr"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _queries(each)


def _replaced(query: str) -> str:
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    return query


def _ask(path: str, **parameters: str) -> Any:
    try:
        with urllib.request.urlopen(
            ADDRESS + path + "?" + urllib.parse.urlencode(parameters)
        ) as it:
            return json.load(it)
    except urllib.error.HTTPError as error:
        if error.code == SERVICE_UNAVAILABLE:  # it is still starting
            raise
        return json.load(error)


if __name__ == "__main__":
    main(*sys.argv[1:])
