"""Subtitles become what is said, with the times of the cues beside it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import SkipReason
from indexer.reading.extraction.marked.subtitles import read_subtitles
from indexer.reading.extraction.pieces import LIMITS, Extraction, NotExtracted
from tests.indexer.reading.extraction.proof import require_proof
from tests.property_examples import examples


def read(content: bytes) -> Extraction:
    extraction = read_subtitles("a.srt", content, LIMITS)
    require_proof(extraction, content)
    return extraction


def srt(*cues: tuple[str, str, str]) -> str:
    return "\n".join(
        f"{number}\n{start} --> {end}\n{text}\n"
        for number, (start, end, text) in enumerate(cues, start=1)
    )


@given(
    lines=st.lists(
        st.text(st.sampled_from("ab&;<>i/{\\}é北 .-"), min_size=1, max_size=20), max_size=8
    ),
    is_vtt=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@examples(100)
def test_any_cues_give_pieces_of_the_file(lines: list[str], is_vtt: bool, encoding: str) -> None:
    text = "WEBVTT\n\n" * is_vtt + srt(*(("00:00:01,000", "00:00:02,000", each) for each in lines))
    with suppress(NotExtracted):
        read(text.encode(encoding))


def test_a_sentence_goes_on_in_the_next_cue() -> None:
    extraction = read(
        srt(
            ("00:00:01,000", "00:00:02,000", "We cross\nthe bridge and"),
            ("00:00:02,200", "00:00:03,000", "go home."),
            ("00:01:00,000", "00:01:01,000", "Later."),
        ).encode()
    )
    assert extraction.text == "We cross\nthe bridge and\ngo home.\n\nLater."
    assert [(mark.start, mark.label) for mark in extraction.marks] == [
        (0, "00:00:01"),
        (24, "00:00:02"),
        (34, "00:01:00"),
    ]


def test_a_pause_inside_a_sentence_begins_no_paragraph() -> None:
    cues = [("00:00:01,0", "00:00:02,0", "We cross"), ("00:01:00,0", "00:01:01,0", "the bridge.")]
    assert read(srt(*cues).encode()).text == "We cross\nthe bridge."


def test_empty_lines_inside_a_cue_of_srt_do_not_end_it() -> None:
    cues = [("00:00:01,0", "00:00:02,0", "one\n\ntwo"), ("00:00:02,0", "00:00:03,0", "three")]
    assert read(srt(*cues).encode()).text == "one\ntwo\nthree"


def test_notes_and_styles_of_webvtt_are_left_out() -> None:
    content = (
        b"WEBVTT\nKind: captions\n\nSTYLE\n::cue {}\n\n00:01.000 --> 00:02.000 line:0\nSalt\n\n"
        b"NOTE\nsecret\n\nid\n00:02.000 --> 00:03.000\n<c.loud>and</c> sea\n"
    )
    assert read(content).text == "Salt\nand sea"


def test_a_speaker_is_named_once() -> None:
    cue = "00:01.000 --> 00:02.000\n"
    content = f"WEBVTT\n\n{cue}<v Ann>One,\n\n{cue}<v.loud Ann>two.\n\n{cue}<v Bo>Three.\n"
    assert read(content.encode()).text == "Ann\nOne,\ntwo.\n\nBo\nThree."


def test_a_line_that_stays_in_sight_is_read_once() -> None:
    content = (
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n<c>we cross</c>\n\n"
        b"00:02.000 --> 00:03.000\nwe cross\n<c>the bridge</c>\n\n"
        b"00:09.000 --> 00:10.000\nthe bridge\n"
    )
    assert read(content).text == "we cross\nthe bridge\nthe bridge"


def test_a_file_without_cues_is_refused() -> None:
    with pytest.raises(NotExtracted) as refused:
        read(b"WEBVTT\n\nnothing\n")
    assert (refused.value.reason, refused.value.detail) == (
        SkipReason.NO_TEXT,
        "it has no cue with times",
    )
