from scripts.documenting.code_map import code_map


def test_a_module_is_described_by_the_first_sentence_of_its_docstring() -> None:
    assert "`fusion.py` | Combines the lexical and the semantic scores" in code_map("api")


def test_a_folder_is_named_once_and_a_package_begins_with_its_own_modules() -> None:
    rows = [row.split(" | ") for row in code_map("indexer").splitlines()[2:]]
    folders = [row[0].removeprefix("| ").strip("| ") for row in rows]
    assert folders[0] == ""
    assert folders.count("`reading/`") == 1
    assert folders.index("`reading/`") < folders.index("`index/`") < folders.index("`building/`")
