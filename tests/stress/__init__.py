"""What breaks Spanlight?

kill/      builds that are killed at any moment, while a server is asked
damage/    every file of an index is damaged
load/      many clients for a long time, some of which misbehave
requests/  requests that nobody should send
fuzz/      files and queries that nobody would write
costly/    what costs much, asked and indexed

Each has a `command` that `scripts/stress.py` starts, and tests that run a short version of it.
`outcome` counts what came of a run, and `sample` names the corpus where nobody names another.
"""

from tests.stress.costly import command as costly
from tests.stress.damage import command as damage
from tests.stress.fuzz import command as fuzz
from tests.stress.kill import command as kill
from tests.stress.load import command as load
from tests.stress.outcome import Command
from tests.stress.requests import command as requests

__all__ = ["COMMANDS"]

COMMANDS: list[Command] = [each.COMMAND for each in (kill, damage, load, requests, fuzz, costly)]
