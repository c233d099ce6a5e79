from pathlib import Path

import pytest

from indexer.command.options import parse_options
from indexer.command.registry import Registry
from indexer.errors import IndexNotFound, InvalidSetting, UsageError


def test_without_options_the_index_is_left_open() -> None:
    options = parse_options(["docs"], {"SPANLIGHT_INDEXES": "indexes"})
    assert options.folder == Path("docs")
    assert options.index == Registry([Path("indexes")]).index_of(Path("docs"))
    assert (options.model, options.language, options.max_file_bytes) == (None, None, None)


def test_an_option_overrides_its_variable() -> None:
    environment = {
        "SPANLIGHT_INDEX": "i",
        "SPANLIGHT_MODEL": "m",
        "SPANLIGHT_LANGUAGE": "l",
        "SPANLIGHT_MAX_FILE_BYTES": "7",
    }
    by_variable = parse_options(["docs"], environment)
    assert by_variable.index == Path("i")
    assert (by_variable.model, by_variable.language, by_variable.max_file_bytes) == ("m", "l", 7)
    arguments = ["--index", "I", "--model", "M", "--language", "L", "--max-file-bytes", "8"]
    by_option = parse_options(["docs", *arguments], environment)
    assert by_option.index == Path("I")
    assert (by_option.model, by_option.language, by_option.max_file_bytes) == ("M", "L", 8)


def test_an_empty_variable_is_ignored() -> None:
    empty = dict.fromkeys(["SPANLIGHT_INDEX", "SPANLIGHT_MODEL", "SPANLIGHT_MAX_FILE_BYTES"], "")
    assert parse_options(["docs"], empty) == parse_options(["docs"], {})


def test_an_empty_option_does_not_count_as_missing() -> None:
    assert parse_options(["docs", "--model", ""], {"SPANLIGHT_MODEL": "m"}).model == ""
    with pytest.raises(UsageError, match="--index is empty"):
        parse_options(["docs", "--index", ""], {"SPANLIGHT_INDEX": "i"})


def test_an_option_is_not_abbreviated() -> None:
    with pytest.raises(UsageError, match="--dry"):
        parse_options(["docs", "--dry"], {})


def test_an_invalid_number_is_reported_with_its_source() -> None:
    with pytest.raises(InvalidSetting, match=r"--max-file-bytes .*'1k'"):
        parse_options(["docs", "--max-file-bytes", "1k"], {"SPANLIGHT_MAX_FILE_BYTES": "1"})
    with pytest.raises(InvalidSetting, match=r"SPANLIGHT_MAX_FILE_BYTES .*'1k'"):
        parse_options(["docs"], {"SPANLIGHT_MAX_FILE_BYTES": "1k"})


def test_a_check_alone_needs_no_folder() -> None:
    assert parse_options(["--check"], {"SPANLIGHT_INDEX": "i"}).folder is None
    with pytest.raises(IndexNotFound, match="no folder has an index yet"):
        parse_options(["--check"], {"SPANLIGHT_INDEXES": "/nonexistent"})
    with pytest.raises(UsageError, match="FOLDER"):
        parse_options(["--verify"], {})


def test_formats_to_read_as_text_are_put_in_order() -> None:
    assert parse_options(["docs"], {}).verbatim is None
    assert parse_options(["docs", "--verbatim", "mail, html"], {}).verbatim == "html,mail"
    variable = {"SPANLIGHT_VERBATIM": "notebook"}
    assert parse_options(["docs"], variable).verbatim == "notebook"
    assert parse_options(["docs", "--verbatim", "none"], variable).verbatim == ""


def test_a_format_that_is_no_text_cannot_be_read_as_text() -> None:
    with pytest.raises(InvalidSetting, match="--verbatim may be 'none' or some of html, mail"):
        parse_options(["docs", "--verbatim", "html,pdf"], {})
