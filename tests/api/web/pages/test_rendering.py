"""How messages of errors are written on pages."""

import pytest

from api.web.pages.rendering import as_sentence
from indexer.errors import UsageError


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("the folder is gone", "The folder is gone."),
        ("nothing; search again", "Nothing; search again."),
        ("The index is damaged.", "The index is damaged."),
        ("is it there?", "Is it there?"),
        # Names stay as they are.
        ("limit: it must be at least 1", "limit: it must be at least 1."),
        ("passage_id: no", "passage_id: no."),
        ("'x' is not a folder", "'x' is not a folder."),
        ("/folder is empty", "/folder is empty."),
        # A full stop after a command would be copied with it.
        (
            "no index; build one with: reindex.py FOLDER",
            "No index; build one with: reindex.py FOLDER",
        ),
        ("no keys; add one with: keys.py, or wait", "No keys; add one with: keys.py, or wait."),
        ("", ""),
    ],
)
def test_a_message_becomes_a_sentence(message: str, sentence: str) -> None:
    assert as_sentence(UsageError(message)) == sentence
