"""Small PDFs with everything that readers of PDF get wrong, each made from its syntax."""

import zlib
from collections.abc import Callable

from tests.indexer.reading.extraction.pdf.pdf_writer import (
    Page,
    PdfWriter,
    encrypted,
    pdf,
    shown,
    unicode_font,
)

__all__ = ["PICTURE", "SAMPLES", "many_strings", "page_tree_loop"]

HEBREW = {0x41 + at: chr(0x5D0 + at) for at in range(22)}
# A picture of one grey pixel.
PICTURE = "q 260 0 0 160 20 20 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x7f EI Q"
PROSE = (
    "The harbour of the island lies open to",
    "the west, so that ships wait for calm",
    "weather before they enter it. A pier",
    "was planned, but never built.",
)
SECOND = (
    "Since the storm of 1904 the lighthouse",
    "has had two keepers. One of them must",
    "be awake at any hour of the night.",
)


def one_column() -> bytes:
    """Two paragraphs, with words that are divided at the ends of lines and ligatures."""
    first = shown("The cli-", "mate of the well-", "known island is mild.", at=(20, 170))
    ligatures = unicode_font(
        {0x41: "ffi", 0x42: "fi", 0x43: "ﬁ", **{at: chr(at) for at in range(97, 123)}}
    )
    second = shown("oAce Brst Cnal", at=(20, 110), font="G")
    return pdf(first + second, font=ligatures)


def two_columns() -> bytes:
    left = shown("Harbours", at=(20, 175), size=16) + shown(*PROSE, at=(20, 150), size=6, leading=8)
    return pdf(left + shown(*SECOND, at=(160, 150), size=6, leading=8))


def rotated() -> bytes:
    """Three pages that are upright as they are displayed, and one that is not."""
    lines = ("The first line of it", "and the second one.")
    quarter = shown(*lines, at=(100, 20), matrix="0 1 -1 0")
    half = shown(*lines, at=(250, 100), matrix="-1 0 0 -1")
    three_quarters = shown(*lines, at=(100, 180), matrix="0 -1 1 0")
    return pdf(
        Page(quarter, "/Rotate 90"),
        Page(half, "/Rotate 180"),
        Page(three_quarters, "/Rotate 270"),
        Page(shown(*lines), "/Rotate 90"),
    )


def slanted() -> bytes:
    italic = shown("Slanted letters", at=(20, 150), matrix="1 0 .3 1")
    upwards = shown("Up the hill", at=(20, 20), matrix=".9 .436 -.436 .9")
    return pdf(italic + upwards)


def crop_box() -> bytes:
    """A page whose displayed part is not at the origin, and text outside of it."""
    inside = shown("Inside the box", at=(120, 150))
    outside = shown("Cut away", at=(20, 150)) + shown("Below", at=(120, 20))
    edge = shown("Half seen", at=(70, 120))
    return pdf(Page(inside + outside + edge, "/CropBox [100 50 290 180]"))


def inherited_box() -> bytes:
    return pdf(shown("A wide page", at=(700, 30)), box="/MediaBox [0 0 900 60]")


def scanned() -> bytes:
    """A page with text, two with a picture only, and an empty one."""
    return pdf(shown("A cover"), PICTURE, PICTURE, "")


def garbled() -> bytes:
    """A font whose letters are for private use, and one that does not tell its letters."""
    private = unicode_font({at: chr(0xE000 + at) for at in range(33, 127)})
    return pdf(shown("Readable"), shown("Not readable", font="G"), font=private)


def hebrew() -> bytes:
    return pdf(shown("EDBA CBA", font="G"), font=unicode_font({0x20: " ", **HEBREW}))


def beyond_utf16() -> bytes:
    letters = {0x41: "𝑥", 0x42: "😀", 0x43: "e"}
    return pdf(shown("AC BB C", font="G"), font=unicode_font({0x20: " ", **letters}))


def outline() -> bytes:
    """A book with a title, page labels, running headers and an outline."""
    chapters = ("Springs", "Wells", "Rivers", "Rain")
    pages = [
        shown(f"{number}. {chapter}", at=(20, 150), size=12)
        + shown(f"All that is known of {chapter.lower()}", "is told in this chapter.", at=(20, 120))
        + shown("Waters of the island", at=(20, 185), size=8)
        + shown(f"{number}", at=(150, 10), size=8)
        for number, chapter in enumerate(chapters, 1)
    ]
    entries = "/Lang (en-GB) /PageLabels << /Nums [0 << /S /r >> 2 << /S /D /St 7 >>] >> "
    return pdf(
        *pages,
        catalog=entries + _outlines(chapters),
        info="/Title (Waters) /Author (A. Author) /CreationDate (D:20240131120000+01'00')",
    )


def _outlines(chapters: tuple[str, ...]) -> str:
    """Return an outline in one object: each entry holds the next one."""
    following = ""
    for at, chapter in reversed([*enumerate(chapters)]):
        entry = f"<< /Title ({chapter}) /Dest [page{at} /XYZ 20 170 0] {following} >>"
        following = f"/Next {entry}"
    return f"/Outlines << /First {following.removeprefix('/Next ')} >>"


def filled_form() -> bytes:
    """A form whose field is filled in, and a hidden note."""
    writer = PdfWriter()
    tree, page, content, value = 1, 2, 3, 4
    font = "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    appearance = f"/AP << /N {value} 0 R >>"
    field = (
        f"<< /Subtype /Widget /FT /Tx /T (n) /V (Ada) /F 4 /Rect [80 145 180 165] {appearance} >>"
    )
    note = f"<< /Subtype /FreeText /F 2 /Rect [80 45 180 65] {appearance} >>"
    writer.add(f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] /MediaBox [0 0 300 200] >>")
    writer.add(
        f"<< /Type /Page /Parent {tree} 0 R /Contents {content} 0 R {font} "
        f"/Annots [{field} {note}] >>"
    )
    writer.stream(shown("Name:"))
    writer.stream(
        shown("Ada Lovelace", at=(2, 5)),
        f"/Type /XObject /Subtype /Form /BBox [0 0 100 20] {font}",
    )
    return writer.finish(writer.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))


def page_tree_loop() -> bytes:
    """A tree of pages that contains itself."""
    writer = PdfWriter()
    writer.add("<< /Type /Pages /Count 2 /Kids [1 0 R 2 0 R] /MediaBox [0 0 9 9] /Parent 2 0 R >>")
    writer.add("<< /Type /Pages /Count 3 /Kids [1 0 R 2 0 R] /MediaBox [0 0 9 9] >>")
    return writer.finish(writer.add("<< /Type /Catalog /Pages 2 0 R >>"))


def many_strings(count: int) -> bytes:
    """A page that draws this many strings, in a file that is a few hundred times smaller."""
    content = zlib.compress(b"BT /F 1 Tf 9 9 Td " + b"(a)Tj " * count + b"ET", 9)
    return pdf(Page(content, filter="/Filter /FlateDecode"))


SAMPLES: dict[str, Callable[[], bytes]] = {
    "one_column": one_column,
    "two_columns": two_columns,
    "rotated": rotated,
    "slanted": slanted,
    "crop_box": crop_box,
    "inherited_box": inherited_box,
    "scanned": scanned,
    "garbled": garbled,
    "hebrew": hebrew,
    "beyond_utf16": beyond_utf16,
    "outline": outline,
    "filled_form": filled_form,
    "empty_password": lambda: encrypted("Opens without a password", b""),
}
