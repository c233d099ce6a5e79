"""What breaks Spanlight?

kill/      builds are killed at any moment, while clients ask a server
damage/    every file of an index is damaged
reload/    every file fails to open once, and hundreds of generations follow each other
load/      many clients ask for a long time, and some of them misbehave
flood/     clients without a key flood the server beside users with one
requests/  malformed and hostile requests
formats/   damaged files of every format that is read
fuzz/      malformed files and queries
costly/    costly queries, and folders that are costly to index
findable/  words and quotations of any folder are looked for
metadata/  folders whose files have odd names, times, sizes, kinds and depths

Each has a `command` that `scripts/stress.py` starts, and tests that run a short version of it.
`outcome` counts the results of a run, and `sample` names the default corpus.
"""

from tests.stress.costly import command as costly
from tests.stress.damage import command as damage
from tests.stress.findable import command as findable
from tests.stress.flood import command as flood
from tests.stress.formats import command as formats
from tests.stress.fuzz import command as fuzz
from tests.stress.kill import command as kill
from tests.stress.load import command as load
from tests.stress.metadata import command as metadata
from tests.stress.outcome import Command
from tests.stress.reload import command as reload
from tests.stress.requests import command as requests

__all__ = ["COMMANDS"]

COMMANDS: list[Command] = [
    each.COMMAND
    for each in (
        *(kill, damage, reload, load, flood, requests),
        *(fuzz, formats, costly, findable, metadata),
    )
]
