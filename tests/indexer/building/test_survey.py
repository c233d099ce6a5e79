"""Folders whose files repeat lines, from the survey to the results of a search."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from indexer.building import survey as survey_module
from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask
from indexer.config import IndexConfig
from indexer.index.clauses import Clause, Occur, Phrase, Words
from indexer.index.folder import IndexFolder
from indexer.splitting.boilerplate import FEWEST_FILES, sampling_key
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.builds import LEXICAL, build, write_files
from tests.indexer.file_calls import opened_files
from tests.indexer.index_content import content_of, open_index

MENU = "Home\nProducts and services\nContact us"
NOTICE = "We use cookies to improve your visit."
TOPICS = [
    *["wolves", "rivers", "glaciers", "lighthouses", "orchards", "violins", "harbours"],
    *["meteors", "beehives", "windmills", "ferries", "quarries"],
]


def own(number: int) -> str:
    topic = TOPICS[number]
    return f"Much is known about {topic}.\nAll that is worth telling of {topic} is told here."


def page(number: int) -> str:
    return f"{MENU}\n\n{own(number)}\n\n{NOTICE}\n"


def write_pages(folder: Path, numbers: range, text: Callable[[int], str] = page) -> None:
    folder.mkdir(exist_ok=True)
    write_files(folder, **{f"{number:02}": text(number) for number in numbers})


def names(numbers: Iterable[int]) -> list[str]:
    return [f"{number:02}.txt" for number in numbers]


def paths_with(index: IndexFolder, words: str) -> list[str]:
    """Return the files in which the consecutive words are found."""
    clause = Clause(Occur.SHOULD, Phrase(words))
    with open_index(index) as opened:
        return sorted({place[0] for place, _ in opened.search([clause])})


def paths_repeating(index: IndexFolder, line: str) -> list[str]:
    """Return the files in which the line counts as repeated."""
    with open_index(index) as opened:
        return sorted(
            {
                opened.place(passage.row)[0]
                for passage in opened.passages()
                for span in passage.repeated
                if line in span.shifted(-passage.piece_start).of(passage.piece)
            }
        )


def assert_as_fresh(folder: Path, index: IndexFolder) -> None:
    fresh = IndexFolder(index.path.with_name("fresh"))
    build(folder, fresh, full=True)
    assert content_of(index) == content_of(fresh)
    found, expected = (each.current().folder.boilerplate for each in (index, fresh))
    assert found.read_text() == expected.read_text()
    assert not build(folder, index).published


# Search results


def test_ten_pages_are_found_by_the_shared_text_and_each_by_its_own(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_pages(folder, range(10))
    build_index(BuildTask(folder, index, IndexConfig(model="hashed"), embedder))
    assert paths_with(index, "improve your visit") == names(range(10))
    assert paths_with(index, "products and services") == names(range(10))
    for number in range(10):
        assert paths_with(index, TOPICS[number]) == names([number])
    assert len(embedder.texts) == 10
    assert all(sum(own(number) in text for text in embedder.texts) == 1 for number in range(10))
    for shared in (NOTICE, "Contact us", "Home"):
        assert not any(shared in text for text in embedder.texts)
    assert check_index(index) == []


def test_texts_and_offsets_match_the_file(folder: Path, index: IndexFolder) -> None:
    write_pages(folder, range(10))
    build_index(BuildTask(folder, index, IndexConfig()))
    with open_index(index) as opened:
        for passage in opened.passages():
            path = opened.place(passage.row)[0]
            text = (folder / path).read_text("utf-8")
            assert passage.text == passage.span.of(text) == text.strip()
            assert [span.of(text) for span in passage.repeated] == [MENU, NOTICE]


def test_a_passage_of_repeated_lines_only_is_found_by_its_words_and_not_embedded(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    # With small passages, menu and notice have separate passages, with blanks between lines.
    menu = "\n\n".join(f"Our department number {number} for you" for number in range(6))
    write_pages(folder, range(8), lambda number: f"{own(number)}\n\n{menu}\n")
    build(folder, index, embedder)
    with open_index(index) as opened:
        for passage in opened.passages():
            if "department" in passage.text:
                assert passage.content.strip() == ""
                assert passage.windows == ()
                assert passage.embedding is None
        found = {place[0] for place, _ in opened.search([Clause(Occur.SHOULD, Words("number"))])}
        assert sorted(found) == names(range(8))
        proposed = {place for place, _ in opened.search_semantic(menu, 100)}
        assert proposed == {
            opened.place(passage.row) for passage in opened.passages() if passage.windows
        }
        assert len(proposed) < len(opened.rows)
    assert check_index(index) == []


def test_title_and_heading_do_not_find_a_passage_of_repeated_lines_only(
    folder: Path, index: IndexFolder
) -> None:
    menu = "\n\n".join(f"Our department number {number} for you" for number in range(6))
    folder.mkdir(exist_ok=True)
    for number in range(8):
        text = f"# On {TOPICS[number]}\n\n{own(number)}\n\n## Contact {number}\n\n{menu}\n"
        (folder / f"{number:02}.md").write_text(text)
    build(folder, index)
    with open_index(index) as opened:
        empty = {
            opened.place(passage.row)
            for passage in opened.passages()
            if not passage.content.strip()
        }
        assert len({path for path, _, _ in empty}) == 8
        found = {place for place, _ in opened.search([Clause(Occur.SHOULD, Words(TOPICS[3]))])}
        assert found
        assert found.isdisjoint(empty)


def test_versions_of_one_report_all_stay_findable(folder: Path, index: IndexFolder) -> None:
    report = "\n".join(
        f"Finding {number} of the committee is that it should." for number in range(30)
    )
    write_pages(folder, range(10), lambda number: f"Draft {number}\n{report}\nSigned in {number}.")
    build_index(BuildTask(folder, index, IndexConfig()))
    with open_index(index) as opened:
        assert all(not passage.repeated for passage in opened.passages())
    assert set(paths_with(index, "finding 17 of the committee")) == {
        f"{number:02}.txt" for number in range(10)
    }


def test_a_title_that_all_pages_have_is_not_embedded_with_each_passage(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    title = "The handbook of the northern works"
    for number in range(8):
        path = folder / f"{number}.md"
        path.write_text(
            f"# {title}\n\n{own(number)}\n\n## On {TOPICS[number]}\n\n{own(number + 1)}"
        )
    build(folder, index, embedder)
    assert not any(title in text for text in embedder.texts)
    assert sum(text.startswith("On rivers\n") for text in embedder.texts) == 1
    with open_index(index) as opened:
        assert {stored.title for stored in opened.documents()} == {title}
        assert f"{title} > On rivers" in {passage.heading for passage in opened.passages()}


# Which folders, which files


def test_a_folder_is_surveyed_alone_and_as_part_of_its_parents(
    folder: Path, index: IndexFolder
) -> None:
    write_pages(folder / "shop", range(FEWEST_FILES))
    write_pages(folder / "news", range(3), lambda number: f"{own(number)}\n{NOTICE}")
    write_pages(folder / "notes", range(12), own)
    build(folder, index)
    # The news has too few pages alone, but enough together with those of the shop.
    shop = [f"shop/{name}" for name in names(range(FEWEST_FILES))]
    assert paths_repeating(index, "Products and services") == shop
    assert paths_repeating(index, NOTICE) == [*(f"news/{name}" for name in names(range(3))), *shop]


def test_a_file_that_is_not_a_document_is_not_counted_and_not_read_twice(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_module, "SAMPLE_FILES", 8)
    write_pages(folder, range(8))
    for number in range(40):
        (folder / f"{number}.png").write_bytes(b"\0")
    with opened_files() as opened:
        report = build(folder, index)
    assert len(report.skipped) == 40
    assert paths_repeating(index, NOTICE) == names(range(8))
    counts = {name: opened.count(name) for name in opened if name[0].isdigit()}
    assert {count for name, count in counts.items() if name.endswith(".png")} == {1}
    assert {count for name, count in counts.items() if name.endswith(".txt")} == {2}


def test_only_a_sample_is_read(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_module, "SAMPLE_FILES", 6)
    write_pages(folder, range(12))
    pages = names(range(12))
    *sampled, other, another = sorted(pages, key=sampling_key)[:8]
    with opened_files() as opened:
        build(folder, index)
    assert {name for name in pages if opened.count(name) == 2} == set(sampled)
    assert {opened.count(name) for name in pages} == {1, 2}
    assert paths_repeating(index, NOTICE) == pages
    # Files beyond the sample do not count, and cause no reading of others.
    write_files(folder, **{other.removesuffix(".txt"): "Nothing."})
    (folder / another).unlink()
    with opened_files() as opened:
        build(folder, index)
    assert [name for name in opened if name in pages] == [other]
    assert_as_fresh(folder, index)


# Incremental builds


def counts(report: BuildReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


def test_lines_become_repeated_and_stop_being_repeated(folder: Path, index: IndexFolder) -> None:
    write_pages(folder, range(5))
    build(folder, index)
    assert paths_repeating(index, NOTICE) == []
    assert paths_with(index, "improve your visit") == names(range(5))

    write_pages(folder, range(5, 6))
    report = build(folder, index)
    assert counts(report) == (1, 0, 0, 5)
    assert paths_repeating(index, NOTICE) == names(range(6))
    assert paths_with(index, "improve your visit") == names(range(6))
    assert_as_fresh(folder, index)

    write_files(folder, **{"03": own(3)})
    report = build(folder, index)
    assert counts(report) == (0, 1, 0, 5)
    assert paths_repeating(index, NOTICE) == []
    assert paths_with(index, "improve your visit") == names([0, 1, 2, 4, 5])
    assert_as_fresh(folder, index)


def test_a_parent_folder_takes_over_a_line_and_gives_it_back(
    folder: Path, index: IndexFolder
) -> None:
    write_pages(folder / "shop", range(6))
    write_pages(folder / "blog", range(6), own)
    for step in (range(1), range(1, 2), range(2, 6)):
        build(folder, index)
        assert_as_fresh(folder, index)
        write_pages(folder / "blog", step)
    build(folder, index)
    everywhere = [f"{name}/{each}" for name in ("blog", "shop") for each in names(range(6))]
    assert paths_repeating(index, NOTICE) == everywhere
    assert_as_fresh(folder, index)
    for path in (folder / "blog").iterdir():
        path.unlink()
    build(folder, index)
    assert paths_repeating(index, NOTICE) == [f"shop/{each}" for each in names(range(6))]
    assert_as_fresh(folder, index)


def test_only_changed_text_is_embedded_again(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    config = IndexConfig(model="hashed")

    def texts_of_build() -> list[str]:
        before = len(embedder.texts)
        report = build_index(BuildTask(folder, index, config, embedder))
        assert report.embedded == len(embedder.texts) - before
        return embedder.texts[before:]

    write_pages(folder, range(5))
    write_files(folder, other="A page of another kind, that shares no line with any of these.")
    assert len(texts_of_build()) == 6
    write_pages(folder, range(5, 6))
    assert [sorted(text.split("\n\n")) for text in sorted(texts_of_build())] == [
        sorted(["", "", own(number)]) for number in sorted(range(6), key=lambda each: own(each))
    ]
    assert texts_of_build() == []
    (folder / "05.txt").unlink()
    assert texts_of_build() == []  # the previous generation has the texts


def test_an_unaffected_page_is_not_stored_again(folder: Path, index: IndexFolder) -> None:
    write_pages(folder, range(7))
    write_files(folder, other="A page of another kind, that shares no line with any of these.")
    build(folder, index)

    def rows() -> dict[str, int]:
        with open_index(index) as opened:
            return {stored.path: stored.first_row for stored in opened.documents()}

    before = rows()
    write_pages(folder, range(7, 8))
    with opened_files() as opened_for:
        build(folder, index)
    assert before.items() <= rows().items()
    assert "other.txt" not in opened_for
    (folder / "00.txt").unlink()
    with opened_files() as opened_for:
        build(folder, index)
    assert rows().items() >= {path: row for path, row in before.items() if path != "00.txt"}.items()
    assert not any(name.endswith(".txt") for name in opened_for)


def test_hashing_every_file_changes_nothing(folder: Path, index: IndexFolder) -> None:
    write_pages(folder, range(8))
    build(folder, index)
    assert not build(folder, index, verify=True).published
    (folder / "00.txt").unlink()
    report = build(folder, index, verify=True)
    assert counts(report) == (0, 0, 1, 7)
    assert paths_with(index, "improve your visit") == names(range(1, 8))
    assert_as_fresh(folder, index)


# Files that change during a build


def test_a_file_that_changes_after_it_was_surveyed_is_surveyed_by_the_next_build(
    folder: Path, index: IndexFolder
) -> None:
    write_pages(folder, range(6))

    def meddle(stage: str, done: int, total: int) -> None:
        write_files(folder, **{"05": own(5)})

    build_index(BuildTask(folder, index, LEXICAL), progress=meddle)
    build(folder, index)
    assert paths_with(index, "improve your visit") == names(range(5))
    assert paths_repeating(index, NOTICE) == []
    assert_as_fresh(folder, index)


def test_a_file_that_vanishes_after_it_was_surveyed_is_not_counted_by_the_next_build(
    folder: Path, index: IndexFolder
) -> None:
    write_pages(folder, range(6))
    build_index(
        BuildTask(folder, index, LEXICAL),
        progress=lambda stage, done, total: (folder / "05.txt").unlink(missing_ok=True),
    )
    assert build(folder, index).published
    assert paths_with(index, "improve your visit") == names(range(5))
    assert paths_repeating(index, NOTICE) == []
    assert_as_fresh(folder, index)


def test_a_file_that_changes_before_it_is_prepared_again_counts_as_changed(
    folder: Path, index: IndexFolder
) -> None:
    write_pages(folder, range(5))
    build(folder, index)
    write_pages(folder, range(5, 6))

    def meddle(stage: str, done: int, total: int) -> None:
        write_files(folder, **{"04": f"{page(4)}\nAnd more of it."})
        (folder / "03.txt").unlink(missing_ok=True)

    report = build_index(BuildTask(folder, index, LEXICAL), progress=meddle)
    assert counts(report) == (1, 1, 1, 3)
    build(folder, index)
    assert_as_fresh(folder, index)


@pytest.mark.parametrize("aged", [True, False])
def test_files_just_written_are_surveyed(folder: Path, index: IndexFolder, aged: bool) -> None:
    for numbers in (range(5), range(5, 6), range(6, 9)):
        write_pages(folder, numbers)
        if not aged:
            for path in folder.iterdir():
                os.utime(path)
        build(folder, index)
        fresh = IndexFolder(index.path.with_name("fresh"))
        build(folder, fresh, full=True)
        assert content_of(index).passages == content_of(fresh).passages
