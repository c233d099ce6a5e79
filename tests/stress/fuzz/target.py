"""Checks inputs that reach new code, one after the other, until time is up or one of them fails.

This is a separate process, because libFuzzer ends it. Its arguments are those of libFuzzer.
"""

import sys

import atheris

WATCHED = [
    *[
        "indexer.reading.readers",
        "indexer.splitting.sentences",
        "indexer.splitting.graphemes",
        "indexer.splitting.splitter",
    ],
    *[
        "indexer.splitting.boilerplate",
        "indexer.spans",
        "api.query.parser",
        "api.query.query_tokens",
    ],
]

with atheris.instrument_imports(include=WATCHED):
    from tests.stress.fuzz.quotable import check_content

__all__ = ["main"]


def main() -> None:
    atheris.Setup(sys.argv, check_content)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
