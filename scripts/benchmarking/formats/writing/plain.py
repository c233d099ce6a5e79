"""Formats that Python's standard library can write."""

import html
import io
import json
import textwrap
import zipfile
from email.message import EmailMessage

from scripts.benchmarking.formats.texts import Text

__all__ = [
    "as_article",
    "as_html",
    "as_mail",
    "as_mailbox",
    "as_notebook",
    "as_subtitles",
    "as_text",
    "as_zip",
]

# Long enough for a line on a screen.
CUE_WIDTH = 40
MENU = "".join(f'<li><a href="/{name}">{name}</a>' for name in ("Home", "Topics", "About", "Help"))


def as_text(text: Text) -> bytes:
    return "\n\n".join([text.title, *text.paragraphs]).encode()


def as_html(text: Text) -> bytes:
    """Return a page with a menu and a footer, as sites have them."""
    menu, footer = f"<nav><ul>{MENU}</ul></nav>", "<footer>All rights reserved.</footer>"
    return _page(text, f"{menu}<main>{_article(text)}</main>{footer}")


def as_article(text: Text) -> bytes:
    """Return a page with nothing but the text."""
    return _page(text, _article(text))


def as_mail(text: Text) -> bytes:
    return bytes(_message(text))


def as_mailbox(text: Text) -> bytes:
    return b"From writer@example.org Mon Jan  1 12:00:00 2024\n" + bytes(_message(text)) + b"\n"


def as_notebook(text: Text) -> bytes:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": each.splitlines(keepends=True)}
        for each in (f"# {text.title}", *text.paragraphs)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1).encode()


def as_subtitles(text: Text) -> bytes:
    """Return cues of two lines each, five seconds long."""
    lines = [
        line
        for each in (text.title, *text.paragraphs)
        for line in textwrap.wrap(each, CUE_WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    cues = [
        f"{number + 1}\n{_time(5 * number)} --> {_time(5 * number + 4)}\n"
        + "\n".join(lines[2 * number : 2 * number + 2])
        for number in range((len(lines) + 1) // 2)
    ]
    return ("\n\n".join(cues) + "\n").encode()


def as_zip(text: Text) -> bytes:
    """Return an archive with a text file and a page that says something else."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{text.name}.txt", as_text(text))
        archive.writestr("readme.html", "<h1>Read me</h1><p>Open the other file.")
    return content.getvalue()


def _article(text: Text) -> str:
    body = "\n".join(f"<p>{html.escape(each)}</p>" for each in text.paragraphs)
    return f"<h1>{html.escape(text.title)}</h1>\n{body}\n"


def _page(text: Text, body: str) -> bytes:
    head = f'<meta charset="utf-8"><title>{html.escape(text.title)}</title>'
    page = f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'
    return page.encode()


def _message(text: Text) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "A Writer <writer@example.org>"
    message["To"] = "A Reader <reader@example.org>"
    message["Subject"] = text.title
    message["Date"] = "Mon, 01 Jan 2024 12:00:00 +0000"
    message.set_content("\n\n".join(text.paragraphs), cte="quoted-printable")
    return message


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},000"
