import re
import tomllib
from pathlib import Path

import pytest

from scripts.pin_packages import Pin, fits, hashes_on, read_pins, requirements_of, written

ROOT = Path(__file__).parents[2]
PINS = read_pins((ROOT / "constraints.txt").read_text("utf-8"))


@pytest.mark.parametrize(
    ("filename", "fitting"),
    [
        ("rich-15.0.0-py3-none-any.whl", True),
        ("six-1.17.0-py2.py3-none-any.whl", True),
        ("numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", True),
        ("numpy-2.4.6-cp314-cp314-macosx_14_0_arm64.whl", True),
        ("tantivy-0.27.0-cp39-abi3-musllinux_1_2_aarch64.whl", True),
        ("hf_xet-1.8.0-1-cp37-abi3-macosx_11_0_universal2.whl", True),
        ("numpy-2.4.6-cp310-cp310-manylinux_2_28_x86_64.whl", False),
        ("numpy-2.4.6-pp311-pypy311_pp73-manylinux_2_28_x86_64.whl", False),
        ("numpy-2.4.6-cp311-cp311-win_amd64.whl", False),
        ("numpy-2.4.6-cp311-cp311-manylinux_2_28_ppc64le.whl", False),
        ("numpy-2.4.6.tar.gz", False),
        ("numpy", False),
    ],
)
def test_wheels_for_our_pythons_and_machines_fit(filename: str, fitting: bool) -> None:
    assert fits(filename) is fitting


def test_hashes_are_those_of_the_version() -> None:
    page = {
        "files": [
            {"filename": f"rich-{version}-py3-none-any.whl", "hashes": {"sha256": digest}}
            for version, digest in [("15.0.0", "aa"), ("15.0.0.post1", "bb"), ("1", "cc")]
        ]
    }
    assert hashes_on(page, "15.0.0") == {"aa"}


def test_pins_are_read_as_they_were_written() -> None:
    pins = [Pin("Jinja2", "3.1.6", frozenset({"ab", "0c"})), Pin("a_b.c", "1", frozenset({"d"}))]
    text = written(pins, [Pin("triton", "3.7.1", frozenset({"e"}))])
    assert "\nJinja2==3.1.6 \\\n    --hash=sha256:0c \\\n    --hash=sha256:ab\n" in text
    assert {*read_pins(text)} == {*pins, Pin("triton", "3.7.1", frozenset({"e"}))}
    assert [pin.key for pin in read_pins(text)] == ["a-b-c", "jinja2", "triton"]


def test_the_groups_are_needed_except_the_compared_engines() -> None:
    project = {
        "project": {"dependencies": ["rich>=15"]},
        "dependency-groups": {"test": ["pytest"], "peers": ["txtai"]},
        "build-system": {"requires": ["setuptools"]},
    }
    assert requirements_of(project) == ["rich>=15", "pytest", "setuptools", "pip"]


def test_every_pin_has_hashes() -> None:
    assert [pin.name for pin in PINS if not pin.hashes] == []
    assert {
        each for pin in PINS for each in pin.hashes if not re.fullmatch("[0-9a-f]{64}", each)
    } == set()


def test_every_requirement_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    names = {re.split(r"[^\w.-]", each)[0] for each in requirements_of(project)}
    assert {Pin(name, "").key for name in names} <= {pin.key for pin in PINS}
