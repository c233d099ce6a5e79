"""A folder of files that are more than text, most of them made by real programs."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser

from tests.indexer.reading.extraction.pdf.pdf_samples import PICTURE, SAMPLES
from tests.indexer.reading.extraction.pdf.pdf_writer import encrypted, pdf

__all__ = ["REPORT", "fill_mixed_folder"]

REPORT = "reports/bridge-inspection.pdf"
GOLDENS = Path(__file__).parents[1] / "indexer" / "reading" / "extraction" / "goldens"
COPIED = {
    "libreoffice.xlsx": "boats.xlsx",
    "pandoc.docx": "ferry.docx",
    "pandoc.pptx": "ferry.pptx",
    "rain.ipynb": "rain.ipynb",
    "film.srt": "film.srt",
    "harbour.rtf": "harbour.rtf",
    "lunch.mbox": "mail/lunch.mbox",
    "alternatives.eml": "mail/alternatives.eml",
}
STYLE = (
    "body { font: 12pt/1.5 serif; margin: 2cm } section { break-after: page } "
    "td { border: 1px solid; padding: 2pt 6pt } table { border-collapse: collapse }"
)
PRINTED = f"""<!doctype html><html lang="en"><title>Inspection of the Aldith Bridge</title>
<style>{STYLE}</style><body>
<section><h1>Inspection of the Aldith Bridge</h1>
<p>The county asked for this report after the storm of 14 October. Two divers and a surveyor worked
on the bridge for nine days, from low water to low water.</p>
<h2>How the work was done</h2>
<p>Every joint was tapped with a hammer, and the sound of each was written down. Where it was dull,
the stone was drilled and a core was taken to the laboratory at Skerrow.</p>
<p>The divers looked at the four piers below the water line. The river had been muddy since the
storm, so that much of this was done by hand.</p></section>
<section><h2>What was found</h2>
<p>The deck is sound. The parapet has lost eleven stones on the upstream side, and they lie in the
river below the second arch.</p>
<p>A crack runs through the northbound lane above the third pier. It is four metres long and, at its
widest, as wide as a thumb. The crack goes down into the pier, whose footing the flood has laid
bare.</p>
<table><tr><td>Pier</td><td>Footing</td><td>Depth of the scour</td></tr>
<tr><td>First</td><td>covered</td><td>0.2 m</td></tr>
<tr><td>Second</td><td>covered</td><td>0.4 m</td></tr>
<tr><td>Third</td><td>laid bare</td><td>1.9 m</td></tr></table></section>
<section><h2>What should be done</h2>
<p>The bridge should stay closed to all vehicles until the third pier is underpinned. Walkers may
use the southern side.</p><p>The work would take seven weeks of dry weather.</p></section>
</body></html>"""
DESCRIPTION = """{"author": "Nell Arkwright", "publisher": "County of Skerrow",
"published": "2031-10-29"}"""
WEB_PAGE = """<!doctype html><html lang="en"><head><title>Ferry timetable changes</title>
<meta name="author" content="Tomas Reed"><meta property="og:site_name" content="Skerrow Tide">
<meta property="article:published_time" content="2031-11-02T08:00:00Z">
<link rel="canonical" href="https://tide.example/ferry"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
<main><h1>Ferry timetable changes</h1>
<p>While the bridge is closed, the ferry sails every twenty minutes from six in the morning.</p>
<h2>Fares</h2><ul><li>Walkers pay nothing.</li><li>Bicycles pay one crown.</li></ul>
<table><tr><th>From</th><th>First</th><th>Last</th></tr>
<tr><td>Skerrow quay</td><td>06:00</td><td>23:40</td></tr>
<tr><td>Aldith steps</td><td>06:10</td><td>23:50</td></tr></table></main>
<footer>All rights reserved.</footer></body></html>"""
MAIL = (
    "From: Ida Brandt <ida@harbour.example>\r\nTo: board@harbour.example\r\n"
    "Subject: The pilot boat needs a new engine\r\nDate: Mon, 03 Nov 2031 09:15:00 +0000\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nDear all,\r\n\r\n"
    "the engine of the pilot boat stopped twice last week. The yard says that a re=\r\n"
    "pair would cost more than a new one =E2=80=93 about 4,000 crowns.\r\n\r\n"
    "Shall we order it before the winter?\r\n\r\nIda\r\n"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
# The signature of a compound file, as Word wrote them before 2007.
OLD_WORD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


def fill_mixed_folder(folder: Path, browser: Browser) -> None:
    """Write the files; the browser prints the PDF."""
    for name in ("reports", "web", "mail", "scans"):
        (folder / name).mkdir(parents=True)
    page = browser.new_page()
    page.set_content(PRINTED)
    (folder / REPORT).write_bytes(page.pdf(format="A4"))
    page.close()
    (folder / f"{REPORT}.json").write_text(DESCRIPTION)
    (folder / "web/ferry.html").write_text(WEB_PAGE)
    (folder / "mail/engine.eml").write_text(MAIL, newline="")
    for golden, name in COPIED.items():
        shutil.copy(GOLDENS / golden, folder / name)
    (folder / "notes.txt").write_text("The bridge was built in 1870.\n")
    (folder / "scans/letter.pdf").write_bytes(pdf(PICTURE))
    (folder / "scans/half.pdf").write_bytes(SAMPLES["scanned"]())
    (folder / "scans/accounts.pdf").write_bytes(encrypted("Nobody may read this", b"secret"))
    for number in range(3):
        (folder / f"scans/photo-{number}.jpg").write_bytes(JPEG)
    (folder / "old letter.doc").write_bytes(OLD_WORD)
