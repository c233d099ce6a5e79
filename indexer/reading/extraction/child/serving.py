"""The child's end: reads files until its input ends.

It has its limits before it has seen a file. It opens no file for writing and no connection.
"""

import os
import resource
import sys
from typing import BinaryIO

from indexer.documents import SkippedFile, SkipReason
from indexer.reading.extraction.archives.members import members_of
from indexer.reading.extraction.child.answers import (
    OUT_OF_MEMORY,
    Members,
    MembersRequest,
    PageRequest,
    Request,
    encode_answer,
    encode_image,
    encode_members,
    encode_refusal,
    read_request,
)
from indexer.reading.extraction.formats.table import format_named
from indexer.reading.extraction.pieces import LIMITS, NotExtracted

__all__ = ["serve"]


def serve(memory: int, cpu_seconds: int) -> None:
    """Answer requests from standard input on standard output, within these limits."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    requests = sys.stdin.buffer
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        # What a library prints must not end up among the answers.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        while True:
            try:
                request = read_request(lambda length: _exactly(requests, length))
                _allow_cpu(cpu_seconds)
                answers.write(_answer(request))
                answers.flush()
            except (EOFError, BrokenPipeError):
                os._exit(0)
            except MemoryError:
                os._exit(OUT_OF_MEMORY)


def _exactly(file: BinaryIO, length: int) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _allow_cpu(seconds: int) -> None:
    """End this process when the next file has taken so many seconds of a processor."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _answer(request: Request | MembersRequest | PageRequest) -> bytes:
    try:
        if isinstance(request, PageRequest):
            # PDFium is large, and most children never need it.
            from indexer.reading.extraction.pdf.rendering import render_page

            return encode_image(render_page(*request))
        if isinstance(request, MembersRequest):
            return encode_members(_members(request))
        found = format_named(request.format)
        given = {"encoding": request.encoding} if found.takes_encoding else {}
        read = found.load()
        return encode_answer(read(request.path, request.content, LIMITS, **given))
    except NotExtracted as refused:
        return encode_refusal(refused.reason, refused.detail)
    except RecursionError:
        return encode_refusal(SkipReason.TOO_COSTLY, "it is nested too deeply")
    except MemoryError:
        raise
    except Exception as error:  # a mistake of a reader must not cost the other files
        return encode_refusal(SkipReason.DAMAGED, f"{type(error).__name__}: {error}"[:200])


def _members(request: MembersRequest) -> Members:
    """Return the files that are asked for, as far as the outer file is sound."""
    sizes: dict[str, int] = {}
    contents: dict[str, bytes] = {}
    skipped: list[SkippedFile] = []
    refused = None
    try:
        for found in members_of(request.path, request.content, LIMITS):
            if isinstance(found, SkippedFile):
                skipped.append(found)
                continue
            sizes[found.path] = len(found.content)
            if request.with_content and request.only in ("", found.path):
                contents[found.path] = found.content
            if found.path == request.only:
                break
    except NotExtracted as error:
        refused = SkippedFile(request.path, error.reason, error.detail)
    return Members(sizes, contents, tuple(skipped), refused)
