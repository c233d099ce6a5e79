"""Realistic texts and file names for property tests."""

from hypothesis import strategies as st

__all__ = ["file_names", "texts"]

_PIECES = (
    "a",
    "Straße",
    "naïve café",
    "e\u0301a\u0308",  # combining marks
    "👩‍👩‍👧‍👦",  # one grapheme, seven code points
    "🇳🇴👍🏽",
    "北约联盟将继续",
    "ひらがなとカナ",
    "한국어",
    "שלום עולם",
    "مرحبا \u200fبالعالم\u200e",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",  # outside the basic plane
    "# not always a heading",
    "- item",
    "...",
    "=====",
    "The end. Or is it? Yes!",
    " ",
    "\t",
    "\u00a0",
)
_LINE_ENDS = ("\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\u2028")

_pieces = st.sampled_from(_PIECES) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), max_size=20
)

texts = st.lists(_pieces | st.sampled_from(_LINE_ENDS), max_size=30).map("".join)
"""Any script, any line ends, no lone surrogates, no control characters but tabs and line ends."""

file_names = st.text(
    st.sampled_from("abcXYZ019 -_.,#é北👍\n\"'<\u202e")
    | st.characters(exclude_categories=["Cs"], exclude_characters="/\0"),
    min_size=1,
    max_size=20,
).filter(lambda name: not name.startswith("."))
"""Names that a folder can hold and that are not hidden."""
