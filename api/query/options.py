"""Options of commands, such as the `-rf` of `rm -rf build`, told from exclusions. Pure.

One letter after a dash is always an option. Several letters are one only directly after the name of
a command that begins the query and means nothing else.
"""

import re
from collections.abc import Iterable, Iterator

from api.query.query_tokens import Token

__all__ = ["with_options"]

# Commands whose names are no words.
# fmt: off
COMMANDS = frozenset({
    "chgrp", "chmod", "chown", "cp", "du", "egrep", "fgrep", "grep", "gunzip", "gzip", "ln", "ls",
    "lsof", "mkdir", "mv", "netstat", "ps", "rm", "rmdir", "tar", "umount", "uname", "unzip",
    "xargs", "zgrep",
})
# fmt: on
# Letters that are one option each. A longer run with a vowel may be a word.
LETTERS = re.compile(r"-(?:[A-Za-z]{2,3}|[B-DF-HJ-NP-TV-XZb-df-hj-np-tv-xz]{4,6})")


def with_options(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens, with exclusions that are certainly options of a command as such."""
    begun, of_command = False, False
    for token in tokens:
        if token.kind == "filter":
            yield token
        elif not begun:
            begun, of_command = True, token.kind == "word" and token.text in COMMANDS
            yield token
        elif of_command and token.kind == "marked" and LETTERS.fullmatch(token.text):
            yield token._replace(kind="option")
        else:
            of_command = of_command and token.kind == "option"
            yield token
