"""Find where one sentence follows another without a blank, as in crawled text: `nine.The`. Pure.

A joint is a stop, or a stop and closing quotation marks, between a small letter, a digit, a
quotation mark or a bracket and a capital. Names look the same: `Node.js`, `System.Out`, `v2.Final`.
So both words must look like prose. After a word with a capital, only the beginnings of sentences
count: `Paris.The`, but not `Console.Write`.

An expression finds the few candidates. All else examines at most a line of limited length around
one, so the whole is linear in the length of the text.
"""

import re
from collections.abc import Iterator

from indexer.splitting.abbreviations import ABBREVIATIONS

__all__ = ["joints"]

# A stop, closing marks and footnotes, an opening quotation mark, then a letter other than a
# small ASCII one.
CANDIDATE = re.compile(
    r"[.!?…](?<=[\w”’»\"')\]%][.!?…])(?P<more>[.!?…]*+)"
    r"(?P<closers>(?:[\"”’»')\]]|\[\^?\d{1,3}\])*+)(?P<opener>[“‘«„]?)(?=[^\W\d_a-z])"
)
# The first word of a sentence: `The`, `NATO`, `MPs`, `McDonald`, `A`. It is not followed by a call,
# an assignment or the rest of a longer name.
WORD_AFTER = re.compile(
    r"(?P<word>(?:Mc|Mac)?[^\W\d_]++)(?=[\s,;:!?…\"”’'»)\]—–-]|\.(?![a-z\d_])|\Z)"
    r"(?!:\w|::|-[^\W\d_a-z]|\s{0,9}[-+*/&|^%]?=)"
)
LONGER_NAME = re.compile(r"\.\w")
PLURAL_OF_CAPITALS = re.compile(r"[A-Z]{2,}s")
# The word before a stop with the dots, hyphens and apostrophes inside it.
WORD_BEFORE = re.compile(r"\w[\w.'’-]*\Z")
APOSTROPHE_OR_HYPHEN = re.compile(r"['’-]")
# The number of a section or an item: `1.Introduction`.
ITEM_NUMBER = re.compile(r"(?:\A|[\r\n])[ \t]*\d{1,3}\Z")
# These occur in addresses, paths and code.
NO_PROSE = re.compile(r"[/@\\=<>{}|]|\w\(|::|->")
# A longer run without a blank is not prose.
LONGEST_TOKEN = 64
# How much of a line before a joint is searched for the quotation marks around it.
LONGEST_LINE = 1_000

# After a stop, these end the name of a file or of a site: `Report.Pdf`, `example.Com`.
NAME_ENDINGS = frozenset(
    [
        *["asp", "aspx", "bat", "bmp", "cfg", "cmd", "com", "conf", "cpp", "css", "csv", "dat"],
        *["dll", "doc", "docx", "edu", "eps", "epub", "exe", "gif", "gov", "gz", "htm", "html"],
        *["ini", "jar", "jpeg", "jpg", "js", "json", "jsx", "log", "md", "mdb", "mov", "mp3"],
        *["mp4", "mpg", "msi", "net", "odt", "org", "pdf", "php", "png", "ppt", "pptx", "ps"],
        *["py", "rar", "rb", "rs", "rst", "rtf", "sh", "sql", "svg", "sys", "tar", "tex", "tif"],
        *["tiff", "toml", "ts", "tsv", "tsx", "ttf", "txt", "wav", "xls", "xlsx", "xml", "xsl"],
        *["yaml", "yml", "zip"],
    ]
)
# Words that begin many sentences and are seldom part of a name that contains a stop.
OPENERS = frozenset(
    [
        *["A", "After", "Although", "An", "And", "As", "At", "Because", "Before", "But", "By"],
        *["Despite", "During", "Earlier", "Even", "For", "From", "He", "Her", "Here", "His"],
        *["How", "However", "I", "If", "In", "Instead", "It", "Its", "Later", "Many", "Meanwhile"],
        *["More", "Most", "Mr", "Mrs", "Ms", "My", "No", "Nobody", "Not", "Now", "On", "Once"],
        *["One", "Only", "Or", "Our", "Police", "She", "Since", "So", "Some", "Such"],
        *["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "That"],
        *["The", "Their", "Then", "There", "These", "They", "This", "Those", "Though", "To"],
        *["Two", "Under", "Until", "We", "Well", "What", "When", "Where", "Whether", "Which"],
        *["While", "Who", "Why", "With", "Yes", "Yet", "You", "Your"],
        *["Aber", "Am", "Auch", "Das", "Der", "Die", "Ein", "Eine", "Er", "Es", "Ich", "Im"],
        *["Mit", "Nach", "Sie", "Und", "Wir"],
        *["Ces", "Cette", "Dans", "Elle", "Elles", "En", "Et", "Il", "Ils", "La", "Le", "Les"],
        *["Mais", "Nous", "Pour", "Un", "Une"],
        *["Como", "El", "Ella", "Las", "Los", "Mas", "Para", "Pero", "Por", "Se", "Una", "Uma"],
        *["Che", "Gli", "Lo", "Ma", "Non", "De", "Een", "Het", "Hij", "Zij"],
    ]
)


def joints(text: str) -> Iterator[int]:
    """Yield where a sentence starts right after the stop of another one, ascending."""
    may_quote_code = "`" in text
    for candidate in CANDIDATE.finditer(text):
        if _is_between_sentences(text, candidate) and not (
            may_quote_code and _marks_before(text, candidate.start(), "`") % 2
        ):
            yield _start(text, candidate)


def _start(text: str, joint: re.Match[str]) -> int:
    """Return where the second sentence starts: at a quotation mark that opens, else after it."""
    if joint["closers"] == '"' and _marks_before(text, joint.start(), '"') % 2 == 0:
        return joint.start("closers")
    return joint.end("closers")


def _marks_before(text: str, at: int, mark: str) -> int:
    """Return how often the mark occurs before this position in its line."""
    earliest = max(0, at - LONGEST_LINE)
    return text.count(mark, text.rfind("\n", earliest, at) + 1 or earliest, at)


def _is_between_sentences(text: str, joint: re.Match[str]) -> bool:
    start, end = joint.span()
    after = WORD_AFTER.match(text, end, end + LONGEST_TOKEN)
    if after is None or not _may_begin_sentence(after["word"]):
        return False
    text_before = text[max(0, start - LONGEST_TOKEN) : start]
    left, right = text_before.split(), text[end : end + LONGEST_TOKEN].split()
    if not left or not right or max(len(left[-1]), len(right[0])) == LONGEST_TOKEN:
        return False
    if NO_PROSE.search(left[-1]) or NO_PROSE.search(right[0]):
        return False
    if text[start] != "." or len(joint["more"]) > 1 or joint["closers"] or joint["opener"]:
        return True
    before = WORD_BEFORE.search(left[-1])
    if before is None:
        return True
    if LONGER_NAME.match(text, after.end()) or ITEM_NUMBER.search(text_before):
        return False
    return _may_be_separate(before[0], after["word"])


def _may_begin_sentence(word: str) -> bool:
    """Return whether the word is written as the first one of a sentence is."""
    if not word[0].isupper():
        return False
    if len(word) == 1:
        return word in "AI" or not word.isascii()
    rest = word.removeprefix("Mc").removeprefix("Mac")[1:]
    return rest.islower() or word.isupper() or PLURAL_OF_CAPITALS.fullmatch(word) is not None


def _may_be_separate(before: str, after: str) -> bool:
    """Return whether two words with a full stop between them are not one name."""
    last = APOSTROPHE_OR_HYPHEN.split(before)[-1]
    if "." in before or "_" in before.strip("_") or after.lower() in NAME_ENDINGS:
        return False
    if last.isdecimal():
        return True
    if len(before) < 2 or last.lower() in ABBREVIATIONS:
        return False
    is_plain = before.islower() and last.isalpha()
    # Names with a stop inside are written in Latin letters.
    return is_plain or after in OPENERS or not (after.isascii() or before.isascii())
