"""The engines are described as they describe themselves, without loading them."""

import subprocess
import sys

import pypdfium2
import turbohtml

from indexer.reading.extraction.formats import engines

DESCRIBE = """
import sys
from indexer.reading.extraction.formats.table import FORMATS, described_reader
assert all(described_reader(each.name) for each in FORMATS)
print(*sorted({"pypdfium2", "turbohtml", "python_calamine"} & sys.modules.keys()))
"""


def test_the_versions_are_those_of_the_engines() -> None:
    described = f"pypdfium2 {pypdfium2.PYPDFIUM_INFO.version} PDFium {pypdfium2.PDFIUM_INFO.build}"
    assert engines.pdf() == described
    assert engines.html() == f"turbohtml {turbohtml.__version__}"


def test_no_engine_is_loaded_to_know_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBE], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
