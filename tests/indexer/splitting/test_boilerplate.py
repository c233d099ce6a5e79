import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.splitting.boilerplate import (
    EDGE_CHARS,
    FEWEST_FILES,
    LEAST_REST,
    SHORTEST_BLOCK,
    WORD,
    Boilerplate,
    FolderLines,
    folder_of,
    folders_above,
    lines_of,
    repeated_blocks,
    repeated_lines,
    sample_hash,
    sampling_key,
)
from tests.indexer.strategies import texts

MENU = "Home | Products | Contact"
NOTICE = "We use cookies to improve your visit."
LINES = frozenset([MENU, NOTICE, "# Handbook", "Paris"])
OWN = "What only this page says, and it is long enough. "


def blocks(text: str, lines: frozenset[str] = LINES) -> list[str]:
    return [block.of(text) for block in repeated_blocks(text, lines)]


# Folders


def test_a_file_belongs_to_every_folder_above_it() -> None:
    assert folders_above("a/b/c.txt") == ["", "a/", "a/b/"]
    assert folders_above("c.txt") == [""]
    assert folder_of("a/b/c.txt") == "a/b/"
    assert folder_of("c.txt") == ""


def test_the_order_of_sampling_is_a_hash_of_the_path_and_not_alphabetical() -> None:
    # printf 'a.txt' | b2sum --length 64
    assert sampling_key("a.txt").hex() == "c90efc5142c899d5"
    paths = [f"{number:03}.txt" for number in range(300)]
    first = sorted(paths, key=sampling_key)[:30]
    thirds = [sum(paths.index(path) // 100 == third for path in first) for third in range(3)]
    assert min(thirds) >= 5


def test_a_sample_is_identified_by_its_files_and_their_content() -> None:
    known = sample_hash({"a.txt": "00", "b.txt": "11"})
    assert sample_hash({"b.txt": "11", "a.txt": "00"}) == known
    assert sample_hash({"a.txt": "00"}) != known
    assert sample_hash({"a.txt": "00", "b.txt": "12"}) != known
    assert sample_hash({"a.txt": "00", "c.txt": "11"}) != known


# Lines


def test_lines_are_stripped_and_contain_a_word() -> None:
    assert lines_of("  Home \r\n\t\n----\n| 1 |\n\u00a0Ü\u2028___\n") == {"Home", "| 1 |", "Ü"}


def test_a_long_text_gives_whole_lines_from_both_ends() -> None:
    middle = "".join(f"line {number}\n" for number in range(10_000))
    assert len(middle) > 2 * EDGE_CHARS
    lines = lines_of(f"top\n{middle}bottom")
    assert {"top", "bottom", "line 0", "line 9999"} <= lines
    assert "line 5000" not in lines
    assert lines <= {"top", "bottom", *middle.splitlines()}
    assert lines_of("x" * 3 * EDGE_CHARS) == set()


@pytest.mark.parametrize(
    ("files", "holding", "repeated"),
    [(6, 6, True), (8, 5, False), (8, 6, True), (32, 7, False), (32, 8, True), (29, 7, False)],
)
def test_a_line_in_a_quarter_of_the_files_and_in_six_is_repeated(
    files: int, holding: int, repeated: bool
) -> None:
    sample = [{f"own {number}", *([NOTICE] if number < holding else [])} for number in range(files)]
    assert repeated_lines(sample) == ({NOTICE} if repeated else set())


@given(st.lists(st.frozensets(st.sampled_from("xyz"))))
def test_a_repeated_line_is_in_enough_files(sample: list[frozenset[str]]) -> None:
    counts = {line: sum(line in lines for lines in sample) for line in "xyz"}
    least = max(FEWEST_FILES, len(sample) / 4)
    assert repeated_lines(sample) == {line for line in "xyz" if counts[line] >= least}


# Blocks


def test_a_block_is_a_run_of_repeated_lines() -> None:
    text = f"\n  {MENU}\n\n----\n{NOTICE}  \n\n{OWN}\n{MENU} or not\n{NOTICE}"
    assert blocks(text) == [f"  {MENU}\n\n----\n{NOTICE}", NOTICE]
    assert blocks(text, frozenset()) == []


def test_a_short_block_occurs_by_chance() -> None:
    assert blocks(f"Paris\n{OWN}") == []
    assert blocks(f"Paris\n\n# Handbook\n{OWN}" * 2) == []
    assert blocks(f"# Handbook\nParis\nParis\n{OWN}") == ["# Handbook\nParis\nParis"]
    assert len("# Handbook") + 2 * len("Paris") == SHORTEST_BLOCK


def test_a_document_with_little_unique_text_is_a_copy_and_stays_whole() -> None:
    # 62 characters are repeated, so 16 of 78 are a fifth, and 15 of 77 are less.
    assert len(MENU + NOTICE) == 62
    assert blocks(f"{MENU}\n\n{NOTICE}\n{'x' * 16}") == [f"{MENU}\n\n{NOTICE}"]
    assert blocks(f"{MENU}\n\n{NOTICE}\n{'x' * 15}") == []


def test_blocks_of_a_long_text_are_at_its_ends() -> None:
    middle = "".join(f"line {number}\n" for number in range(6_000))
    text = f"{MENU}\n{middle}{MENU}\n{middle}{NOTICE}\n"
    found = repeated_blocks(text, LINES)
    assert [(block.start, block.of(text)) for block in found] == [
        (0, MENU),
        (len(text) - len(NOTICE) - 1, NOTICE),
    ]


def test_a_long_copy_is_recognised_by_its_examined_parts() -> None:
    lines = [f"This is line {number} of the report." for number in range(10_000)]
    shared = lines_of("\n".join(lines))
    changed = [
        "This line was changed." if number == 5 else line for number, line in enumerate(lines)
    ]
    assert len(shared) < len(lines) / 5
    assert blocks("\n".join(changed), shared) == []


_lines = st.sampled_from([MENU, NOTICE, OWN, "Paris", "", " \t", "----", " \u0301x"]) | texts
pages = st.lists(st.tuples(_lines, st.sampled_from(["\n", "\n\n", "\r\n", "\r", "\u2028"]))).map(
    lambda parts: "".join(line + end for line, end in parts)
)


@given(pages, st.frozensets(st.sampled_from([*sorted(LINES), OWN.strip(), "a"])))
def test_blocks_contain_only_repeated_lines(text: str, lines: frozenset[str]) -> None:
    found = repeated_blocks(text, lines)
    left_out, end = 0, 0
    for block in found:
        assert block.start >= end
        end = block.end
        # Whole lines.
        assert not block.start or text[block.start - 1].splitlines() == [""]
        assert "".join(text[end:].splitlines()[:1]).strip() == ""
        inside = [line.strip() for line in block.of(text).splitlines() if WORD.search(line)]
        assert lines.issuperset(inside)
        assert sum(map(len, inside)) >= SHORTEST_BLOCK
        left_out += sum(map(len, inside))
    chars = sum(len(line.strip()) for line in text.splitlines())
    assert not found or chars - left_out >= LEAST_REST * chars


def test_time_is_linear_in_the_length() -> None:
    text = f"{MENU}\n{OWN}\n" * 100_000
    started = time.process_time()
    assert repeated_blocks(text, LINES)
    assert lines_of("a" * 10_000_000) == set()
    assert time.process_time() - started < 2


# All folders


ALL = Boilerplate(
    {
        "": FolderLines("11", frozenset([MENU])),
        "a/": FolderLines("22", frozenset([MENU, NOTICE])),
        "a/b/": FolderLines("33", frozenset([NOTICE, "Größe"])),
        "c/": FolderLines("44", frozenset()),
    }
)


def test_a_file_has_the_repeated_lines_of_all_folders_above_it() -> None:
    assert ALL.lines_around("1.txt") == {MENU}
    assert ALL.lines_around("a/1.txt") == {MENU, NOTICE}
    for path in ("a/b/1.txt", "a/b/c/d.txt"):
        assert ALL.lines_around(path) == {MENU, NOTICE, "Größe"}
    assert ALL.lines_around("c/1.txt") == {MENU}
    assert ALL.lines("a/") == {MENU, NOTICE}
    assert Boilerplate().lines("a/") == Boilerplate().lines_around("a/1.txt") == frozenset()


def test_boilerplate_is_written_and_read_back() -> None:
    written = ALL.to_json()
    found = Boilerplate.from_json(written)
    assert found.folders == ALL.folders
    assert found.to_json() == written
    assert written.isascii()
    assert Boilerplate.from_json(Boilerplate().to_json()).folders == {}


def test_a_changed_file_invalidates_the_folders_around_it() -> None:
    found = ALL.with_unsettled(["a/x.txt"])
    samples = {folder: lines.sample for folder, lines in found.folders.items()}
    assert samples == {"": "", "a/": "", "a/b/": "33", "c/": "44"}
    assert all(found.lines(folder) == ALL.lines(folder) for folder in samples)
