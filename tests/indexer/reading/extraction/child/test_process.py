"""A child reads files, and a file that kills it, or takes too much, costs itself alone."""

import os
import signal
from collections.abc import Iterator

import pytest

from indexer.documents import SkipReason
from indexer.reading.extraction.child.answers import (
    HEAD,
    PageRequest,
    Request,
    WrongAnswer,
    encode_answer,
    encode_image,
    read_answer,
    read_image,
)
from indexer.reading.extraction.child.process import ChildLimits, ReadingProcess
from indexer.reading.extraction.html.reader import read_html
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pdf.rendering import render_page
from indexer.reading.extraction.pieces import NotExtracted
from tests.indexer.reading.extraction.pdf.pdf_writer import pdf, shown

PAGE = b"<title>Ferry</title><h1>The <b>ferry</b></h1><nav>Home</nav><p>sails &amp; rests"


@pytest.fixture
def reading() -> Iterator[ReadingProcess]:
    process = ReadingProcess()
    yield process
    process.close()


def pid_of(reading: ReadingProcess) -> int:
    assert reading._child is not None
    return reading._child.process.pid


def test_an_answer_is_what_the_reader_says(reading: ReadingProcess) -> None:
    answer = reading.read(Request("html", "a.html", PAGE))
    expected = read_html("a.html", PAGE)
    assert answer.text == expected.text
    assert answer.headings == expected.headings
    assert answer.repeated == expected.repeated
    assert answer.metadata == expected.metadata
    assert tuple(PieceMap(answer.map).whole().pieces) == expected.pieces


def test_one_child_reads_many_files(reading: ReadingProcess) -> None:
    reading.read(Request("html", "a.html", PAGE))
    first = pid_of(reading)
    reading.read(Request("html", "b.html", PAGE, "cp850"))
    assert pid_of(reading) == first


def test_a_refusal_has_its_reason(reading: ReadingProcess) -> None:
    for content, reason in [
        (b"<script>x</script>", SkipReason.NO_TEXT),
        (b"\x00\x01", SkipReason.BINARY),
    ]:
        with pytest.raises(NotExtracted) as caught:
            reading.read(Request("html", "a.html", content))
        assert caught.value.reason is reason


def test_a_page_is_drawn_in_the_child(reading: ReadingProcess) -> None:
    content = pdf(shown("The ferry"))
    request = PageRequest(content, 0, ((20.0, 150.0, 40.0, 160.0),), 300)
    assert reading.draw(request) == render_page(*request)
    with pytest.raises(NotExtracted, match="there is no page 8"):
        reading.draw(request._replace(page=7))
    with pytest.raises(NotExtracted) as caught:
        reading.draw(request._replace(content=b"no PDF"))
    assert caught.value.reason is SkipReason.DAMAGED
    assert reading.read(Request("html", "a.html", PAGE)).text


def test_an_image_is_one() -> None:
    assert read_image(receiver(encode_image(b"\x89PNG\r\n\x1a\n..."))).endswith(b"...")
    with pytest.raises(WrongAnswer, match="the image is not a PNG"):
        read_image(receiver(encode_image(b"<script>")))
    with pytest.raises(WrongAnswer):
        read_image(receiver(HEAD.pack(1) + b"{"))


def test_the_next_file_is_read_after_a_child_has_died(reading: ReadingProcess) -> None:
    reading.read(Request("html", "a.html", PAGE))
    os.kill(pid_of(reading), signal.SIGKILL)
    with pytest.raises(NotExtracted) as caught:
        reading.read(Request("html", "b.html", PAGE))
    assert (caught.value.reason, caught.value.detail) == (SkipReason.DAMAGED, "its reader crashed")
    assert reading.read(Request("html", "c.html", PAGE)).text


def test_a_child_without_memory_says_so_and_is_replaced() -> None:
    reading = ReadingProcess(ChildLimits(memory=400 << 20))
    try:
        with pytest.raises(NotExtracted) as caught:
            reading.read(Request("html", "a.html", b"word " * (80 << 18)))
        assert caught.value.reason is SkipReason.TOO_COSTLY
        assert caught.value.detail == "it needs too much memory"
        assert reading.read(Request("html", "b.html", PAGE)).text
    finally:
        reading.close()


@pytest.mark.parametrize(
    "limits", [ChildLimits(cpu_seconds=1), ChildLimits(seconds=0.5)], ids=["processor", "time"]
)
def test_a_file_that_takes_too_long_is_given_up(limits: ChildLimits) -> None:
    reading = ReadingProcess(limits)
    try:
        with pytest.raises(NotExtracted) as caught:
            reading.read(Request("html", "a.html", b"<p>a &amp; <i>b" * 2_000_000))
        assert caught.value.reason is SkipReason.TOO_COSTLY
        assert caught.value.detail.startswith("it took more than")
    finally:
        reading.close()


def test_nothing_of_an_answer_is_believed() -> None:
    good = encode_answer(read_html("a.html", PAGE))
    assert read_answer(receiver(good)).text
    (length,) = HEAD.unpack(good[: HEAD.size])
    head = good[HEAD.size : HEAD.size + length]
    for wrong in [
        head.replace(b'"headings": [[0', b'"headings": [[999'),
        head.replace(b'"headings": [[0', b'"headings": [["0"'),
        head.replace(b'"repeated": [[11, 15]', b'"repeated": [[11, 99]'),
        head.replace(b'"title"', b'"unknown"'),
        head.replace(b'"parts": [', b'"parts": [-1, '),
        head.replace(b'"parts": [', b'"parts": [99999999999, '),
        b"[]",
        b"{",
    ]:
        assert wrong != head
        with pytest.raises(WrongAnswer):
            read_answer(receiver(HEAD.pack(len(wrong)) + wrong + good[HEAD.size + length :]))
    with pytest.raises(WrongAnswer):
        read_answer(receiver(HEAD.pack(1 << 60)))


class receiver:
    """Gives the bytes of a message, and zeros after them."""

    def __init__(self, message: bytes) -> None:
        self._left = message

    def __call__(self, length: int) -> bytes:
        part, self._left = self._left[:length], self._left[length:]
        return part.ljust(length, b"\0")
