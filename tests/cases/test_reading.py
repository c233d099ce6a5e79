"""How files are read: titles, front matter, encodings, temporary files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.building.build import build_index
from indexer.building.planning.plan import plan_build
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask
from indexer.config import NO_MODEL, IndexConfig
from indexer.errors import InvalidSetting
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write
from tests.hashed_embedder import HashedEmbedder

WORDS = "The ferry to the island was cancelled again on Monday, and nobody on the quay knew why. "


@contextmanager
def serving(place: Path, files: Mapping[str, str | bytes]) -> Iterator[TestClient]:
    index = IndexFolder(place / "index")
    for path, content in files.items():
        write(place / "folder", path, content)
    publish(place / "folder", index, HashedEmbedder())
    with serve(index) as client:
        yield client


def build(place: Path, files: Mapping[str, str | bytes]) -> BuildReport:
    """Write the files and bring the index of words up to date."""
    for path, content in files.items():
        write(place / "folder", path, content)
    return build_index(task(place))


def task(place: Path) -> BuildTask:
    config = IndexConfig(model=NO_MODEL)
    return BuildTask(place / "folder", IndexFolder(place / "index"), config)


def hits(client: TestClient, q: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/search", params={"q": q} | asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["hits"]
    return found


def documents(client: TestClient, q: str, **asked: Any) -> dict[str, dict[str, Any]]:
    """Return the documents that are found, by path."""
    found = hits(client, q, mode="lexical", limit=100, fold_duplicates=False, **asked)
    return {hit["document"]["path"]: hit["document"] for hit in found}


def test_titles_are_what_documents_call_themselves(tmp_path: Path) -> None:
    """Front matter, headings and first lines name a document; code, markup and rules do not."""
    files = {
        "plan.md": "---\ntitle: Plan 2026\n---\n\n## Background\n\nThe wolf text.",
        "toml.md": '+++\ntitle = "Plan of [[gardens|the gardens]]"\n+++\n\nThe wolf text.',
        "heading.md": "Intro of the wolf\n\n# On [[wolves]]\n\ntext",
        "line.txt": "The harvest of 1911\n\nThe wolf text.",
        "org.org": "#+TITLE: Garden notes\n\n* One\nThe wolf text.",
        "ascii.adoc": "= The manual\nAda\n\n== One\nThe wolf text.",
        "main.go": "package main\n\nfunc wolf() {}",
        "main.txt": "package main\n\nfunc wolf() {}",
        "page.php": "<?php\n\necho 'wolf';",
        "talk.vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nThe wolf text.",
        "data.json": '{\n\n"wolf": 1}',
        "rule.txt": "---\n\nThe wolf text.",
        "module.txt": '"""The docstring."""\n\nThe wolf text.',
    }
    with serving(tmp_path, files) as client:
        found = documents(client, "wolf")
        assert {path: each["title"] for path, each in found.items()} == {
            "plan.md": "Plan 2026",
            "toml.md": "Plan of the gardens",
            "heading.md": "On wolves",
            "line.txt": "The harvest of 1911",
            "org.org": "Garden notes",
            "ascii.adoc": "The manual",
            "main.go": "main",
            "main.txt": "main",
            "page.php": "page",
            "talk.vtt": "talk",
            "data.json": "data",
            "rule.txt": "rule",
            "module.txt": "module",
        }
        assert found["plan.md"]["title_source"] == "document"
        assert found["main.go"]["title_source"] == "file_name"
        assert [*documents(client, 'title:"plan 2026"')] == ["plan.md"]


def test_a_file_whose_name_says_nothing_is_shown_by_its_opening_words(tmp_path: Path) -> None:
    """The opening words are no title: they are marked, and have no title's weight."""
    files = {"000_7b03f4becdd2075e.txt": WORDS * 3, "other.txt": "The ferry\n\nIt left."}
    with serving(tmp_path, files) as client:
        found = documents(client, "ferry")
        document = found["000_7b03f4becdd2075e.txt"]
        assert document["title"] == (
            "The ferry to the island was cancelled again on Monday, and nobody on the quay…"
        )
        assert document["title_source"] == "opening"
        assert [*documents(client, "title:ferry")] == ["other.txt"]
        page = client.get("/", params={"q": "nobody quay"}).text
        assert 'class="title opening"' in page
        suggested = client.get("/v1/suggest", params={"q": "ferry"}).json()["suggestions"]
        assert not any("cancelled again on Monday" in each["text"] for each in suggested)


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_front_matter_is_found_by_its_words_but_opens_nothing(tmp_path: Path, mode: str) -> None:
    """Front matter is data: what is shown of a document is its text."""
    text = f"---\ntitle: Ferries\ntags: [gardening]\nstatus: overdue\n---\n\n{WORDS}"
    with serving(tmp_path, {"notes.md": text, "other.md": "Nothing of that."}) as client:
        for q in ("+overdue", "+gardening", "ferry island"):
            hit = hits(client, q, mode=mode)[0]
            assert hit["document"]["path"] == "notes.md"
        best = hits(client, "ferry island", mode=mode)[0]["best"]
        assert text[best["start"] : best["end"]].startswith("The ferry")


@pytest.mark.parametrize(
    ("text", "encoding", "source"),
    [
        ('<?xml version="1.0" encoding="KOI8-R"?>\n<p>Огонь охватил крышу.</p>', "koi8-r", True),
        ("He said “yes”", "macintosh", False),
        ("Spotkanie w Łodzi, św. Anna.", "windows-1250", False),
        ("La città è là.", "cp850", False),
        ("你好", "gbk", False),
    ],
)
def test_an_old_encoding_is_read_or_reported(
    tmp_path: Path, text: str, encoding: str, source: bool
) -> None:
    """No text is indexed with wrong letters, and what is a guess is said."""
    report = build(tmp_path, {"old.txt": text.encode(encoding)})
    with serve(IndexFolder(tmp_path / "index")) as client:
        if report.skipped:
            assert [each.reason for each in report.skipped] == ["undecodable"]
            return
        document = client.get("/v1/search", params={"q": "path:old.txt", "mode": "lexical"}).json()[
            "hits"
        ][0]["document"]
        assert document["encoding_source"] == ("declared" if source else "detected")
        shown = client.get(f"/v1/documents/{document['id']}/text").json()["text"]
        assert shown == text
        assert [each.path for each in report.detected] == ([] if source else ["old.txt"])


def test_a_person_can_name_an_encoding(tmp_path: Path) -> None:
    """A table in the folder names encodings, and a change of it reads the files anew."""
    files: dict[str, str | bytes] = {
        "old/a.txt": "Où est la clé ?".encode("cp850"),
        "new/b.txt": "Où est la clé ?",
    }
    build(tmp_path, files)
    settings = '[encodings]\n"old/" = "cp850"\n'
    named = build(tmp_path, {".spanlight.toml": settings})
    assert (named.changed, named.unchanged) == (1, 1)
    with serve(IndexFolder(tmp_path / "index")) as client:
        found = documents(client, "clé")
        assert found["old/a.txt"]["encoding_source"] == "configured"
        assert found["new/b.txt"]["encoding_source"] == "utf-8"
    assert not build(tmp_path, {}).published
    changed = settings.replace("cp850", "windows-1251")
    assert plan_build(task(tmp_path)).changed == 0
    write(tmp_path / "folder", ".spanlight.toml", changed)
    assert plan_build(task(tmp_path)).changed == 1
    assert build(tmp_path, {}).changed == 1
    (tmp_path / "folder" / ".spanlight.toml").unlink()
    assert build(tmp_path, {}).changed == 1


def test_a_mistake_in_the_encodings_stops_the_build(tmp_path: Path) -> None:
    """The message names the file and the value."""
    with pytest.raises(InvalidSetting, match=r"'klingon' in .*\.spanlight\.toml"):
        build(tmp_path, {"a.txt": "text", ".spanlight.toml": '[encodings]\n"*" = "klingon"\n'})


def test_temporary_files_are_left_out_and_reported(tmp_path: Path) -> None:
    """Files that are half-written, or that an editor keeps for itself, are not indexed."""
    names = ["a.tmp", "b.part", "c.txt~", "d.swp", "e.crdownload", "~$f.docx", "#g.md#"]
    report = build(tmp_path, dict.fromkeys([*names, "h.md", "i.md.bak"], "The wolf text."))
    assert report.added == 2
    assert {each.path for each in report.skipped} == set(names)
    assert {each.reason for each in report.skipped} == {"temporary"}
