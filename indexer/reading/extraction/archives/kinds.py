"""The kinds of files that contain files, by their names."""

from enum import StrEnum
from pathlib import PurePosixPath

__all__ = ["ContainerKind", "kind_of_container"]


class ContainerKind(StrEnum):
    """`is_document`: the file has a text of its own, beside the files inside it."""

    ZIP = "zip"
    TAR = "tar"
    COMPRESSED = "compressed"  # one file, or a tar archive
    MAIL = "mail"
    MBOX = "mbox"

    @property
    def is_document(self) -> bool:
        return self in {ContainerKind.MAIL, ContainerKind.MBOX}


_KINDS = {
    ".zip": ContainerKind.ZIP,
    ".tar": ContainerKind.TAR,
    **dict.fromkeys([".tgz", ".tbz", ".tbz2", ".txz"], ContainerKind.TAR),
    **dict.fromkeys([".gz", ".bz2", ".xz"], ContainerKind.COMPRESSED),
    ".eml": ContainerKind.MAIL,
    **dict.fromkeys([".mbox", ".mbx"], ContainerKind.MBOX),
}


def kind_of_container(path: str) -> ContainerKind | None:
    """Return what kind of container a file of this name is, or None."""
    return _KINDS.get(PurePosixPath(path).suffix.lower())
