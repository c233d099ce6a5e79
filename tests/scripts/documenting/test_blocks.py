from scripts.documenting.blocks import markdown_table, names_of_blocks, with_blocks

PAGE = """\
# Limits

<!-- generated: limits -->
old
<!-- end -->

Text between.

<!-- generated: options of keys -->
<!-- end -->
"""


def test_blocks_are_named_in_order() -> None:
    assert names_of_blocks(PAGE) == ["limits", "options of keys"]


def test_only_the_text_between_the_comments_is_replaced() -> None:
    assert with_blocks(PAGE, {"limits": "new\n"}) == PAGE.replace("old\n", "new\n")


def test_a_table_has_one_line_for_each_row() -> None:
    rows = [("`a|b`", "one\n  of two"), ("", "three")]
    assert markdown_table(("option", "meaning"), rows) == (
        "| option | meaning |\n| --- | --- |\n| `a\\|b` | one of two |\n|  | three |\n"
    )
