"""How the running server of an index is found."""

import json
import os
import socket
from pathlib import Path

from api.serving.announcement import announced, server_of


def test_a_server_is_found_for_as_long_as_it_runs(tmp_path: Path) -> None:
    index = tmp_path / "index"
    assert server_of(index) is None
    with announced(index, "http://127.0.0.1:8000/"):
        assert server_of(index) == "http://127.0.0.1:8000/"
        with announced(index, "http://127.0.0.1:8001/"):
            assert server_of(index) == "http://127.0.0.1:8000/"
        assert server_of(index) == "http://127.0.0.1:8000/"
    assert server_of(index) is None
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_killed_server_is_not_believed(tmp_path: Path) -> None:
    entry = {"pid": os.getpid(), "host": socket.gethostname(), "address": "http://127.0.0.1:8000/"}
    (tmp_path / "index.server").write_text(json.dumps(entry))
    assert server_of(tmp_path / "index") is None
    with announced(tmp_path / "index", "http://127.0.0.1:8002/"):
        assert server_of(tmp_path / "index") == "http://127.0.0.1:8002/"


def test_a_server_that_cannot_announce_itself_runs(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("no folder")
    with announced(place / "index", "http://127.0.0.1:8000/"):
        assert server_of(place / "index") is None


def test_a_link_to_an_index_leads_to_the_same_server(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with announced(tmp_path / "real", "http://127.0.0.1:8000/"):
        assert server_of(tmp_path / "link") == "http://127.0.0.1:8000/"
