"""What the parts of an Office file have to do with one another."""

from typing import NamedTuple

from indexer.reading.extraction.office.markup import Attributes, Element, Markup
from indexer.reading.extraction.office.packages import Package, joined
from indexer.reading.extraction.pieces import Limits

__all__ = ["Relationship", "main_part", "relationships"]

_NAMESPACES = {"http://schemas.openxmlformats.org/package/2006/relationships": "r"}


class Relationship(NamedTuple):
    """A part that another part refers to. `kind` is the last word of the address of its type."""

    id: str
    kind: str
    target: str


def relationships(package: Package, part: str, limits: Limits) -> list[Relationship]:
    """Return the relationships of the part, "" for those of the package, in order.

    Those to what is outside the file are left out.
    """
    folder, slash, name = part.rpartition("/")
    member = package.find(f"{folder}{slash}_rels/{name}.rels")
    if member is None:
        return []
    found: list[Relationship] = []

    def add(attributes: Attributes) -> None:
        if attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = joined(part, attributes.get("Target", ""))
            found.append(Relationship(attributes.get("Id", ""), kind, target))

    Markup(member, limits).read({"r:Relationship": Element(add)}, _NAMESPACES)
    return found


def main_part(package: Package, usual: str, limits: Limits) -> str:
    """Return the name of the part that has the document itself."""
    for each in relationships(package, "", limits):
        if each.kind == "officeDocument" and each.target in package:
            return each.target
    return usual
