"""Whether the first line of a text reads as its title.

It stands alone: a blank line or a line of marks follows. Text that a program wrote or reads does
not count: code, markup, data, logs, mail headers.
"""

import re

__all__ = ["FIRST_LINE", "MAX_TITLE", "title_in"]

MAX_TITLE = 200
# From the first character that is not blank: a line, then a blank line or an underline.
FIRST_LINE = re.compile(
    rf"([^\r\n]{{1,{MAX_TITLE}}}+)(?>\r\n|[\r\n])"
    r"(?:[^\S\r\n]*+[\r\n]|(?:=|-|~|\*|_|#){3,}+[^\S\r\n]*+(?:[\r\n]|\Z))"
)

_LETTER = re.compile(r"[^\W\d_]")
_BLANK = re.compile(r"\s")
# Below this share of letters a line consists of figures, rules or codes.
_MIN_LETTERS = 0.35

# A title may begin with a letter, a digit, or a mark that opens a quotation or a question.
_OPENING = re.compile(r"[^\W_]|[“”‘’«„「『《【¿¡(\[]|[\"'](?![\"'])")
# Signs of code, of markup and of tables. A title has none of them.
_SIGN = re.compile(
    r"[{}<>\t|]|[;:,]\Z|->|::|==|&&|\*/|-\*-|\\\w|\"\s*+:|\$[A-Za-z_(]"
    r"|\A[\w.$-]+\s*+[-+*/:]?=|\A[\w.]+\([^()]*+\)\Z|\w\(\)"
)
# Values between commas without blanks: a row of a table.
_ROW = re.compile(r"[^\s,;]*[,;][^\s,;]+\Z|.*[,;][^\s,;][^,;]*[,;]\S")
_NUMBER_COMMA = re.compile(r"\d,\d")
_ADDRESS = re.compile(r"\w++://|\S+@\S+\.\S+\Z|(?:[A-Za-z]:\\|\.{0,2}/)\S*\Z")

# A line of a program: one name after a word that begins a file, or a definition.
_STATEMENT = re.compile(
    r"(?:package|module|namespace|import|using|require|require_relative|include)\s+\S+\Z"
    r"|import\s+(?:\S+\s+(?:as|from)|static|type|qualified)\s|from\s+[\w.]+\s+import\s"
    r"|(?:def|class|fn|func|function|sub|proc)\s+\w+(?:\s*\(|\Z)"
    r"|(?:const|let|var|val|public|private|protected|static|int|void|return)\s.*[=(]"
    r"|(?:SELECT|INSERT|CREATE|UPDATE|DELETE|ALTER|DROP)\s.*\b(?:FROM|TABLE|INTO|SET|INDEX|VIEW)\b"
    r"|FROM\s+[\w./-]+:[\w.-]+\Z"
)
# The first words of files of certain kinds.
_SIGNATURE = re.compile(r"WEBVTT\b|MIME-Version\b|BEGIN:|From \S+@\S+|HTTP/\d|diff --git")

_TIME = r"\d{1,2}:\d\d(?::\d\d)?"
_LOG = re.compile(
    rf"\[?(?:\d{{2,4}}[-/.]\d\d[-/.]\d{{2,4}}[T ,]+)?{_TIME}\b"
    rf"|(?:[A-Z][a-z]{{2}}\s+)?[A-Z][a-z]{{2}}\s+\d{{1,2}}\s+(?:\d{{4}}\s+)?{_TIME}"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b[\]:]?\s"
    r"|\d{1,3}(?:\.\d{1,3}){3}\s|\[[\d.: -]+\]|\d{10,13}\b"
)

# A key and its value. After a word in capitals, `Dune: Part Two` is a title.
_KEY = re.compile(r"([\w.-]+)\s*+:(?:\s++(?P<value>.*)|\Z)")
_KEYS = frozenset(
    [
        *["abstract", "attendees", "author", "authors", "bcc", "by", "category", "cc", "content"],
        *["copyright", "created", "date", "description", "due", "email", "file", "from", "id"],
        *["key", "keywords", "language", "license", "link", "location", "modified", "name"],
        *["note", "phone", "present", "priority", "published", "ref", "reply-to", "source"],
        *["sent", "status", "subject", "tag", "tags", "tel", "time", "to", "type", "updated"],
        *["uri", "url", "version", "when", "where", "who"],
        *["an", "autor", "betreff", "datum", "von", "à", "auteur", "objet", "fecha", "asunto"],
    ]
)
# Three sentences are a paragraph. Titles of papers may have two.
_SENTENCE_END = re.compile(r"[^\W\d_]{2}[.!?…]['\"’”»)]*(?=\s+\S|\Z)")
_SENTENCES_OF_A_PARAGRAPH = 3
_HEADING = re.compile(r"\#[ \t]++(.*?)[ \t]*\#*\Z")


def title_in(line: str) -> str:
    """Return the title that the line is, or an empty string if it does not read as one."""
    line = line.strip()
    if heading := _HEADING.match(line):
        line = heading[1]
    key = _KEY.match(line)
    if key and key[1].casefold() == "title":
        line = (key["value"] or "").strip()
        key = None
    return line if _reads_as_prose(line) and not (key and _is_data(key)) else ""


def _is_data(key: re.Match[str]) -> bool:
    """Return whether the line is a key and its value."""
    name, words = key[1], len((key["value"] or "").split())
    is_capitalized = not (name.islower() and name.isascii())
    return name.casefold() in _KEYS or words < (2 if is_capitalized else 3)


def _reads_as_prose(line: str) -> bool:
    letters = len(_LETTER.findall(line))
    if letters < 2 or letters < _MIN_LETTERS * len(_BLANK.sub("", line)):
        return False
    if not _OPENING.match(line) or _SIGN.search(line):
        return False
    if _STATEMENT.match(line) or _SIGNATURE.match(line) or _LOG.match(line):
        return False
    if _ADDRESS.match(line) or _is_row(line):
        return False
    return len(_SENTENCE_END.findall(line)) < _SENTENCES_OF_A_PARAGRAPH


def _is_row(line: str) -> bool:
    return bool(_ROW.match(_NUMBER_COMMA.sub("0", line)))
