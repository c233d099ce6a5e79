"""Where the text of a document begins after its front matter. Pure."""

import re

__all__ = ["body_start"]

# YAML between `---` and `---` or `...`, or TOML between `+++` and `+++`, with a key to begin with.
FRONT_MATTER = re.compile(
    r"(?P<fence>---|\+\+\+)[^\S\n]*+\n(?=(?:\s*+#[^\n]*+\n)*+\s*+[\w.\"-]++[ \t]*+[:=])"
    r"(?:[^\n]*+\n){1,1000}?(?:(?P=fence)|\.\.\.)[^\S\n]*+(?=\n|\Z)\s*+"
)


def body_start(text: str) -> int:
    """Return where the text goes on after its front matter, or 0 if it has none."""
    found = FRONT_MATTER.match(text)
    return found.end() if found else 0
