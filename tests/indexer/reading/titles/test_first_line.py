import pytest

from indexer.reading.titles.first_line import title_in


@pytest.mark.parametrize(
    "line",
    [
        *["The harvest of 1911", "Introduction", "Dune: Part Two", "Chapter 1: The beginning"],
        *["2024-05-02 Meeting notes", "“Never again”", "¿Qué pasa?", "Import duties rise"],
        *["Lies, damned lies, and statistics", "会議の記録", "บันทึกการประชุม", "हिन्दी में शीर्षक"],
        *["Class of 2024", "A $100 million plan", "How to cook rice (and beans)", "I went home."],
        *["1,000 jobs lost", "From the editor", "ls and friends", "sedge: a tool for reeds"],
        "Control of the tides by the moon, by the sun and by the shape of the old bays.",
    ],
)
def test_a_line_of_words_is_a_title(line: str) -> None:
    assert title_in(line) == line


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("# Overview", "Overview"),
        ("# Overview #", "Overview"),
        ("Title: The harvest", "The harvest"),
    ],
)
def test_a_marked_title_is_its_text(line: str, title: str) -> None:
    assert title_in(line) == title


@pytest.mark.parametrize(
    "line",
    [
        *["package main", "<?php", "WEBVTT", "{", "---", "#!/bin/sh", "import os", "## Second"],
        *["from os import path", '"""A docstring."""', "'''", "/* comment", "// comment", "<!-- x"],
        *["#include <stdio.h>", "using System;", "module.exports = {", "def f(x):", "x = 5"],
        *["class A {", "const a = 5", "SELECT * FROM t", "FROM python:3.11", "@import x", "%YAML"],
        *["-*- coding: utf-8 -*-", "<html>", "\\documentclass{article}", "$ ls -l", "use strict;"],
        *["status: overdue", "Status: overdue", "From: Ada Byron", "Date: 3 May 2024"],
        *["name,age,city", "John Smith,42,London", "a;b;c", "a\tb", "| a | b |", '{"a": 1}'],
        *["2024-05-02 10:00:01 INFO started", "ERROR disk full", "May  2 10:00:01 host app: x"],
        *["[10:31] hello", "10.0.0.1 GET", "https://example.org/page", "/usr/share/doc", "2024"],
        *["* item", "- item", "> quoted", "Dear Ada,", "=====", "BEGIN:VCARD", "a.b.c()"],
        "The first sentence. And a second one. And a third.",
    ],
)
def test_code_data_and_paragraphs_are_no_titles(line: str) -> None:
    assert title_in(line) == ""
