"""The names and versions of the engines that readers use, found without loading them.

Every build compares them with those that read its documents, and most builds read nothing. So the
process that builds never loads what takes foreign bytes apart.
"""

import json
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from xml.parsers import expat

__all__ = ["ebook", "html", "mail", "office", "pdf", "python", "workbook"]


@cache
def html() -> str:
    return f"turbohtml {version('turbohtml')}"


@cache
def pdf() -> str:
    """Return the versions of the library and of PDFium, which the library brings."""
    binary = find_spec("pypdfium2_raw")
    assert binary is not None
    assert binary.origin is not None
    built = json.loads(Path(binary.origin).with_name("version.json").read_text("utf-8"))
    return f"pypdfium2 {version('pypdfium2')} PDFium {built['build']}"


@cache
def workbook() -> str:
    return f"python-calamine {version('python-calamine')}"


def office() -> str:
    return f"expat {'.'.join(map(str, expat.version_info))}"


def python() -> str:
    return f"python {sys.version_info.major}.{sys.version_info.minor}"


def ebook() -> str:
    return f"{office()}, {html()}"


def mail() -> str:
    return f"{python()}, {html()}"
