"""The form of a text in which the readers look for lines."""

__all__ = ["scannable"]


def scannable(text: str) -> str:
    """Return the text with a line feed before every line, also the first, and no other line ends.

    A line that starts at `offset` in the text follows the line feed at the same `offset` here.
    """
    if "\r" in text:
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    return "\n" + text
