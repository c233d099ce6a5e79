"""A small writer of PDFs, so that tests can say exactly what is on a page."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Page", "PdfWriter", "compressed", "encrypted", "pdf", "shown", "unicode_font"]

MEDIA_BOX = "/MediaBox [0 0 300 200]"
# The text for padding passwords: ISO 32000-1, 7.6.3.3.
PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


class PdfWriter:
    """The objects of a PDF, by their numbers."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []

    def add(self, body: str | bytes) -> int:
        """Add an object; return its number."""
        self.objects.append(_bytes(body))
        return len(self.objects)

    def stream(self, data: str | bytes, entries: str = "") -> int:
        """Add a stream; return its number."""
        body = _bytes(data)
        head = f"<< /Length {len(body)} {entries} >>\nstream\n"
        return self.add(head.encode() + body + b"\nendstream")

    def finish(self, root: int, trailer: str = "") -> bytes:
        """Return the file."""
        out = bytearray(b"%PDF-1.7\n")
        places = []
        for number, body in enumerate(self.objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        entries = f"/Size {len(places) + 1} /Root {root} 0 R {trailer}"
        return bytes(out) + f"trailer << {entries} >>\nstartxref\n{start}\n%%EOF\n".encode()


@dataclass(frozen=True)
class Page:
    """What is drawn on a page, and more entries of its dictionary."""

    content: str | bytes
    entries: str = ""
    filter: str = ""


def pdf(
    *pages: Page | str,
    box: str = MEDIA_BOX,
    catalog: str = "",
    info: str = "",
    font: Sequence[str] = (),
    trailer: str = "",
) -> bytes:
    """Return a PDF with these pages.

    Font `F` is Helvetica with the characters of windows-1252. `font`: the objects of another font,
    called `G`; `@` in them is the number of the object before. `catalog` may use the numbers of
    pages: `page0` and so on.
    """
    writer = PdfWriter()
    helvetica = writer.add(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    other = helvetica
    for body in font:
        stream = body.removeprefix("stream ")
        other = (
            writer.stream(stream)
            if stream != body
            else writer.add(body.replace("@", f"{other} 0 R"))
        )
    tree = writer.add("")
    kids = []
    resources = f"/Resources << /Font << /F {helvetica} 0 R /G {other} 0 R >> >>"
    for each in pages:
        page = Page(each) if isinstance(each, str) else each
        content = writer.stream(page.content, page.filter)
        own = "" if "/Resources" in page.entries else resources
        body = f"<< /Type /Page /Parent {tree} 0 R /Contents {content} 0 R {own} {page.entries} >>"
        kids.append(writer.add(body))
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    writer.objects[tree - 1] = (
        f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] {box} >>".encode()
    )
    for index, kid in reversed([*enumerate(kids)]):
        catalog = catalog.replace(f"page{index}", f"{kid} 0 R")
    root = writer.add(f"<< /Type /Catalog /Pages {tree} 0 R {catalog} >>")
    if info:
        trailer += f" /Info {writer.add(f'<< {info} >>')} 0 R"
    return writer.finish(root, trailer)


def shown(
    *lines: str,
    at: tuple[float, float] = (20, 150),
    size: float = 12,
    leading: float = 14,
    font: str = "F",
    matrix: str = "1 0 0 1",
) -> str:
    """Return what draws these lines of text, the first one at this place."""
    escaped = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
    drawn = " T* ".join(f"({line}) Tj" for line in escaped)
    return f"BT /{font} {size} Tf {leading} TL {matrix} {at[0]} {at[1]} Tm {drawn} ET "


def compressed(content: bytes) -> Page:
    """Return a page whose content is deflated."""
    return Page(zlib.compress(content, 9), filter="/Filter /FlateDecode")


def unicode_font(letters: Mapping[int, str]) -> list[str]:
    """Return the objects of a font whose codes mean these letters: Helvetica with a table."""
    entries = "\n".join(
        f"<{code:02x}> <{letter.encode('utf-16-be').hex()}>" for code, letter in letters.items()
    )
    table = (
        "stream /CIDInit /ProcSet findresource begin begincmap\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{entries}\nendbfchar\nendcmap end"
    )
    return [table, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode @ >>"]


def encrypted(text: str, user_password: bytes) -> bytes:
    """Return a PDF of one page that is encrypted with RC4 and 40 bits: ISO 32000-1, 7.6."""
    identifier = b"0123456789abcdef"
    padded = (user_password + PADDING)[:32]
    owner = _rc4(hashlib.md5((b"owner" + PADDING)[:32]).digest()[:5], padded)
    permissions = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(padded + owner + permissions + identifier).digest()[:5]
    user = _rc4(key, PADDING)
    # In `pdf`, font, tree and content are the first three objects.
    of_content = hashlib.md5(key + (3).to_bytes(3, "little") + b"\0\0").digest()[:10]
    handler = f"/Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{user.hex()}> /P -4"
    return pdf(
        Page(_rc4(of_content, shown(text).encode())),
        trailer=f"/Encrypt << {handler} >> /ID [<{identifier.hex()}> <{identifier.hex()}>]",
    )


def _rc4(key: bytes, data: bytes) -> bytes:
    state = [*range(256)]
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("cp1252")
