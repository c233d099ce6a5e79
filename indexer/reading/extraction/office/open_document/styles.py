"""What the styles of an OpenDocument file say of paragraphs and spans."""

from dataclasses import dataclass

__all__ = ["NO_STYLE", "OpenStyle", "OpenStyles"]

_LONGEST_CHAIN = 20
_LINES = frozenset({"Preformatted_20_Text", "Source_20_Code"})


@dataclass(slots=True)
class OpenStyle:
    """A style. None: it says nothing, so the style that it is based on decides."""

    based_on: str = ""
    hidden: bool | None = None
    is_title: bool = False
    tight: bool = False


NO_STYLE = OpenStyle()


class OpenStyles:
    """The styles of a file, by their family and name."""

    def __init__(self) -> None:
        self._styles: dict[tuple[str, str], OpenStyle] = {}
        self._inherited: dict[tuple[str, str], OpenStyle] = {}

    def add(self, family: str, name: str, based_on: str) -> OpenStyle:
        """Return a new style of this name."""
        style = self._styles[family, name] = OpenStyle(based_on)
        return style

    def get(self, family: str, name: str) -> OpenStyle:
        """Return the style with what it inherits."""
        key = (family, name)
        if key not in self._styles:
            return NO_STYLE
        if key not in self._inherited:
            self._inherited[key] = self._resolved(family, name)
        return self._inherited[key]

    def _resolved(self, family: str, name: str) -> OpenStyle:
        found = OpenStyle()
        for _ in range(_LONGEST_CHAIN):
            style = self._styles.get((family, name), NO_STYLE)
            found.hidden = style.hidden if found.hidden is None else found.hidden
            found.is_title |= name == "Title"
            found.tight |= name in _LINES
            name = style.based_on
            if not name:
                break
        return found
