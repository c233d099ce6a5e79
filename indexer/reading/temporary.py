"""Which files are temporary, by their names: not yet complete, or kept by an editor for itself.

A backup that somebody made, such as `plan.md.bak`, is a file like any other.
"""

from fnmatch import fnmatchcase

__all__ = ["temporary_kind"]

_KINDS = {
    "an incomplete download": ["?*.crdownload", "?*.download", "?*.opdownload", "?*.aria2"],
    "a file that is being written": ["?*.tmp", "?*.temp", "?*.part", "?*.partial", "?*.filepart"],
    "an editor's backup": ["?*~"],
    "an editor's swap file": ["?*.sw[a-p]", "?*.kate-swp"],
    "an office program's lock": ["~$?*"],
    "an editor's unsaved text": ["#?*#"],
}


def temporary_kind(name: str) -> str | None:
    """Return what kind of temporary file has this name, or None if it is not temporary."""
    lower = name.lower()
    for kind, patterns in _KINDS.items():
        if any(fnmatchcase(lower, pattern) for pattern in patterns):
            return kind
    return None
