"""Sound files of every format: the goldens, what the tests write, and a few pages of HTML."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections import defaultdict
from typing import NamedTuple

from indexer.reading.extraction.archives.kinds import kind_of_container
from indexer.reading.extraction.formats.recognition import format_of
from scripts.benchmarking.serving.server import ROOT
from tests.indexer.reading.extraction.office.office_files import open_document, package
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES

__all__ = ["ARCHIVES", "Sample", "samples"]

EXTRACTION = ROOT / "tests" / "indexer" / "reading" / "extraction"
FOLDERS = (EXTRACTION / "goldens", EXTRACTION / "pdf" / "goldens")
PACKED = {"attachments.eml", "film.srt", "pandoc.docx"}
ARCHIVES = "archives"
"""The name under which zip and tar files are listed: they are no format, but hold files."""


class Sample(NamedTuple):
    """A sound file."""

    name: str
    content: bytes


def samples() -> dict[str, list[Sample]]:
    """Return sound files by the name of their format."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in _all():
        if sample.name.endswith((".golden", ".txt")):
            continue
        container = kind_of_container(sample.name)
        if container is not None and not container.is_document:
            found[ARCHIVES].append(sample)
        elif recognised := format_of(sample.name, sample.content):
            found[recognised.name].append(sample)
    return dict(found)


def _all() -> list[Sample]:
    goldens = [
        Sample(path.name, path.read_bytes())
        for folder in FOLDERS
        for path in sorted(folder.iterdir())
    ]
    return [
        *goldens,
        *[each._replace(name="INBOX") for each in goldens if each.name.endswith(".mbox")],
        *[Sample(f"{name}.pdf", make()) for name, make in SAMPLES.items()],
        *[Sample(f"{name}.html", page.encode(charset)) for name, charset, page in PAGES],
        Sample("drawing.odg", _drawing()),
        *_archives([each for each in goldens if each.name in PACKED]),
    ]


def _drawing() -> bytes:
    return open_document(
        "<draw:page draw:name='Plan'><draw:frame><draw:text-box><text:p>A plan of the harbour"
        "</text:p></draw:text-box></draw:frame></draw:page>",
        kind="graphics",
    )


def _archives(files: list[Sample]) -> list[Sample]:
    found = [Sample("letters.zip", package(dict(files)))]
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    tar = content.getvalue()
    for suffix, pack in ((".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)):
        found.append(Sample(f"letters.tar{suffix}", pack(tar)))
    return [*found, Sample("letters.tar", tar)]


ARTICLE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>The harbour &amp; its pier</title>
<meta name="author" content="A. Keeper"><meta property="article:published_time"
content="2024-01-31T12:00:00Z"><link rel="canonical" href="https://example.org/harbour">
<script type="application/ld+json">{"@type": "Article", "headline": "The harbour",
"author": [{"name": "A. Keeper"}], "datePublished": "2024-01-31"}</script>
<style>p { color: red }</style></head><body>
<nav><ul><li><a href="/">Home</a><li><a href="/map">Map</a></ul></nav>
<main><h1>The harbour</h1><p>The harbour lies open to the <b>we</b>st&nbsp;&mdash; ships wait.</p>
<h2 id="pier">The pier</h2><p>A pier was <i>planned</i>, &quot;but never built&quot; &#8230;<br>
Nobody knows why.</p><table><tr><th>Year<th>Rain<tr><td>2020<td>812&#x202f;mm</table>
<pre>line  one
line\ttwo</pre><ul><li>One<li>Two<ul><li>Deep</ul></ul><textarea>Typed</textarea>
<svg><text>Drawn</text></svg><template><p>Not shown</p></template></main>
<footer>All rights reserved &copy; 2024</footer></body></html>
"""
XHTML = """<?xml version="1.0" encoding="iso-8859-1"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Caf\u00e9s</title></head><body>
<p>The caf\u00e9 <![CDATA[opens]]> at <em>nine</em>.</p><p/><div>It closes at &#x66;ive.</div>
<!-- not shown --></body></html>
"""
RUSSIAN = (
    "<meta charset=windows-1251><h1>Гавань</h1><p>Гавань открыта ветру<p>&laquo;Пирс&raquo;"
    " не построен &amp;c; <frameset><plaintext>до конца"
)
PAGES = (
    ("article", "utf-8", ARTICLE),
    ("cafes", "latin-1", XHTML),
    ("russian", "windows-1251", RUSSIAN),
    ("wide", "utf-16", ARTICLE.replace('<meta charset="utf-8">', "")),
)
