"""Where in a text a character beyond ASCII may be: letters in words, marks around them. Pure.

The answers are logarithms: 0 for a usual place, and less for places that are rare in any language.
"""

import re

__all__ = [
    "FIRST_EASTERN",
    "is_sign",
    "place_of_letter",
    "place_of_mark",
    "place_of_sign",
    "share_of_mark",
]

# Marks by the logarithm of their share among the characters of a text that are beyond ASCII.
_MARKS = {
    mark: weight
    for weight, marks in [
        (-2.7, "’"),
        (-3.0, "“”–"),
        (-3.6, "—…«»¿"),
        (-4.2, "‘•\xa0°€£©„·¡"),
        (-5.0, "®™§½²³º±×µ´ª™"),
        (-6.0, "¼¾¹¢¥÷†‰‹›‚¶\xad¬"),
        (-4.5, "─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬"),
        (-5.5, "█▄▀▌▐░▒▓■"),
    ]
    for mark in marks
}
_OTHER = -9.0
# From here on, characters are those of Chinese, Japanese and Korean, and their punctuation.
FIRST_EASTERN = "\u2e80"
# Controls, private characters and those that mean that the bytes do not fit.
_IMPOSSIBLE = -14.0
_OPENING = frozenset("“«„‘‚‹¿¡")
_CLOSING = frozenset("”»›™®")
_AFTER_DIGITS = frozenset("°º²³½¼¾¹%‰")
_BESIDE_NUMBERS = frozenset("°€£©§½¼¾²³×±¥¢")
_DIGIT = re.compile(r"\d")
_IN_WORDS = frozenset("’–—·\xad\xa0´")
# Marks that may be next to each other.
_QUIET = _OPENING | _CLOSING | _IN_WORDS | {"…", "—"}
# Words of one letter.
_SHORT_WORDS = frozenset("àáâäåæéèêíîïóòôöøùúûÀÁÅÉÈÍÓÖаояуивкс")
# A sign above or below a letter without one before it, or a leading vowel without one after it.
_MISPLACED_THAI = re.compile(
    r"(?<![\u0e01-\u0e2e\u0e31-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
    r"|[\u0e40-\u0e44](?![\u0e01-\u0e2e])"
)
# Vowels with an accent, after the plain vowel. Few languages write that.
_SAME_VOWELS = frozenset(["aá", "aà", "aâ", "eé", "eè", "eê", "ií", "ií", "oó", "oò", "uú", "uù"])
# What may follow an apostrophe in English, and what may precede one in French and Italian.
_AFTER_APOSTROPHE = re.compile(
    r"(?:s|t|re|ll|d|m|ve|em|n|am|clock|er|all|y)(?![^\W_])", re.IGNORECASE
)
_BEFORE_APOSTROPHE = re.compile(
    r"(?<![^\W_])(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|aujourd|presqu|dell|nell|all|dall|sull"
    r"|un|quell|anch|com|dov|cos|o|d|rock)\Z",
    re.IGNORECASE,
)

_MISPLACED = -4.5
_BESIDE_SYMBOL = -3.0
_SAME_VOWEL = -2.5
_TYPICAL = 1.5
_WRONG_CASE = -5.0
_MIXED_SCRIPTS = -4.0
_CAPITAL = -1.0
_ALONE = -0.7
_ALONE_ELSEWHERE = -3.5
_BESIDE_DIGIT = -3.0


def share_of_mark(mark: str) -> float:
    """Return the logarithm of the share that the mark has in texts."""
    if mark in _MARKS:
        return _MARKS[mark]
    # Unassigned, private and control characters.
    return _OTHER if mark.isprintable() else _IMPOSSIBLE


def place_of_letter(letter: str, before: str, after: str) -> float:
    """Return how likely the letter is between these characters."""
    previous, following = before[-1:], after[:1]
    total = 0.0
    if letter.isupper():
        total += _CAPITAL
        if previous.islower():
            total += _WRONG_CASE
        elif following.isupper() and not previous.isupper():
            total -= 0.5
    elif letter.islower():
        if previous.isupper() and (before[-2:-1].isupper() or following.isupper()):
            total += _WRONG_CASE
        if following.isupper() and previous.isalpha():
            total += _WRONG_CASE
    is_cased = letter.lower() != letter.upper()
    if is_cased and not previous.isalpha() and not following.isalpha():
        total += _ALONE if letter in _SHORT_WORDS else _ALONE_ELSEWHERE
    if previous.isdigit() or following.isdigit():
        total += _BESIDE_DIGIT
    if "\u0e00" < letter < "\u0e80":
        total += _MISPLACED * _is_misplaced_thai(previous, letter + following)
    if "\u02ff" < letter < "\u2000":
        # Letters of other alphabets than the Latin one.
        total += _MIXED_SCRIPTS * (_is_latin(previous) + _is_latin(following))
    if previous + letter in _SAME_VOWELS:
        total += _SAME_VOWEL
    if letter == "ς" and following.isalpha():
        total += _MISPLACED
    if "\ufb00" <= letter <= "\ufb06" or letter in "ƒ":
        total += _OTHER
    return total


def place_of_sign(sign: str, previous: str, following: str) -> float:
    """Return how likely the vowel sign is between these characters."""
    mixed = _is_latin(previous) + _is_latin(following)
    misplaced = _is_misplaced_thai(previous, sign + following)
    return _MIXED_SCRIPTS * mixed + _MISPLACED * misplaced


def place_of_mark(mark: str, before: str, after: str) -> float:
    """Return how likely the mark is between these characters."""
    previous, following = before[-1:], after[:1]
    after_letter, before_letter = _is_in_word(previous), _is_in_word(following)
    if mark in _OPENING:
        return _MISPLACED * (after_letter or previous.isdigit()) + (
            _MISPLACED * (not following or following.isspace())
        )
    if mark in _CLOSING:
        return _MISPLACED * before_letter + _MISPLACED * (not previous or previous.isspace())
    if mark == "’":
        return _place_of_apostrophe(before, after)
    if mark in _BESIDE_NUMBERS and _DIGIT.search(before[-2:] + after[:2]):
        return _TYPICAL
    if mark in _AFTER_DIGITS:
        return _MISPLACED * before_letter * (mark != "°") + _BESIDE_SYMBOL * (
            not previous.isdigit() and not previous.isalpha() and mark != "°"
        )
    if mark == "\xa0":
        return -1.5 * (after_letter and before_letter) - 2.0 * (
            previous.isspace() or following.isspace()
        )
    if mark in _IN_WORDS:
        return -0.5 * (after_letter and before_letter)
    if mark in "…•":
        return _MISPLACED * (after_letter and before_letter)
    return _BESIDE_SYMBOL * (after_letter + before_letter + _is_symbol(following))


def _place_of_apostrophe(before: str, after: str) -> float:
    after_letter, before_letter = before[-1:].isalpha(), after[:1].isalpha()
    if not after_letter or not before_letter:
        return 0.0
    if _AFTER_APOSTROPHE.match(after) or _BEFORE_APOSTROPHE.search(before):
        return _TYPICAL
    if after[0].isupper():
        return 0.0
    return _MISPLACED


def is_sign(character: str) -> bool:
    """Return whether this is a vowel sign or a mark of an alphabet other than the Latin one."""
    return "\u0370" <= character < "\u2000" and not character.isalpha()


def _is_in_word(character: str) -> bool:
    return character.isalpha() and character < FIRST_EASTERN


def _is_symbol(character: str) -> bool:
    return character > "\x7f" and not character.isalnum() and character not in _QUIET


def _is_latin(character: str) -> bool:
    return character.isalpha() and character < "\u0250"


def _is_misplaced_thai(previous: str, letters: str) -> bool:
    """Return whether the first letter is a vowel or tone of Thai without its consonant."""
    return _MISPLACED_THAI.match(previous + letters, len(previous)) is not None
