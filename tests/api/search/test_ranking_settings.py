"""Fusion and weight as a pair: saved with an index, and overridden by the environment."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranking.fusion import DEFAULT_WEIGHTS, FusionMethod
from api.search.ranking_settings import (
    RankingSettings,
    ranking_in_use,
    read_ranking_settings,
    save_ranking_settings,
)
from api.settings import ServerSettings
from indexer.building.check import check_index
from indexer.config import STATIC_MODEL
from indexer.errors import IndexNotFound, InvalidSetting, StorageError
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, write

WEIGHTED, MINMAX, RRF = FusionMethod.WEIGHTED, FusionMethod.MINMAX, FusionMethod.RRF


def pair(fusion: FusionMethod, weight: float) -> RankingSettings:
    return RankingSettings(fusion=fusion, semantic_weight=weight)


# Precedence


@pytest.mark.parametrize(
    ("fusion", "weight", "saved", "used"),
    [
        (None, None, None, pair(WEIGHTED, DEFAULT_WEIGHTS[WEIGHTED])),
        (None, None, pair(RRF, 0.3), pair(RRF, 0.3)),
        # The environment's method uses the saved weight only if it was saved for the same method.
        (RRF, None, pair(RRF, 0.3), pair(RRF, 0.3)),
        (MINMAX, None, pair(RRF, 0.3), pair(MINMAX, DEFAULT_WEIGHTS[MINMAX])),
        (MINMAX, None, None, pair(MINMAX, DEFAULT_WEIGHTS[MINMAX])),
        # Without saved settings, a weight alone applies to the default method.
        (None, 0.6, None, pair(WEIGHTED, 0.6)),
        (None, 0.6, pair(RRF, 0.3), pair(WEIGHTED, 0.6)),
        (MINMAX, 0.0, pair(MINMAX, 0.3), pair(MINMAX, 0.0)),
    ],
)
def test_the_environment_overrides_the_index(
    fusion: FusionMethod | None,
    weight: float | None,
    saved: RankingSettings | None,
    used: RankingSettings,
) -> None:
    server = ServerSettings(fusion=fusion, semantic_weight=weight)
    assert ranking_in_use(server, saved) == used


@pytest.mark.parametrize(
    ("fusion", "weight", "saved", "used"),
    [
        (None, None, None, pair(WEIGHTED, 0.5)),
        (WEIGHTED, None, None, pair(WEIGHTED, 0.5)),
        (MINMAX, None, None, pair(MINMAX, DEFAULT_WEIGHTS[MINMAX])),
        (None, 0.6, None, pair(WEIGHTED, 0.6)),
        (None, None, pair(RRF, 0.3), pair(RRF, 0.3)),
    ],
)
def test_static_embeddings_weigh_less(
    fusion: FusionMethod | None,
    weight: float | None,
    saved: RankingSettings | None,
    used: RankingSettings,
) -> None:
    server = ServerSettings(fusion=fusion, semantic_weight=weight)
    assert ranking_in_use(server, saved, model=STATIC_MODEL) == used


# Saved settings


@pytest.fixture
def built(folder: Path, index: IndexFolder) -> IndexFolder:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    return index


def test_saved_settings_are_read_back(built: IndexFolder) -> None:
    assert read_ranking_settings(built) is None
    save_ranking_settings(built, pair(RRF, 0.3))
    assert read_ranking_settings(built) == pair(RRF, 0.3)
    save_ranking_settings(built, pair(MINMAX, 1.0))
    assert read_ranking_settings(built) == pair(MINMAX, 1.0)
    lines = built.settings.read_text("utf-8").splitlines()
    assert lines[:3] == ["{", '  "fusion": "minmax",', '  "semantic_weight": 1.0,']


def test_settings_changed_since_they_were_saved_are_refused(built: IndexFolder) -> None:
    save_ranking_settings(built, pair(RRF, 0.3))
    text = built.settings.read_text("utf-8")
    built.settings.write_text(text.replace("0.3", "0.2"), "utf-8")
    with pytest.raises(InvalidSetting, match=r"settings\.json: it has changed since it was saved"):
        read_ranking_settings(built)


def test_a_hand_written_file_needs_no_checksum(built: IndexFolder) -> None:
    built.settings.write_text('{"fusion": "rrf", "semantic_weight": 0.2}', "utf-8")
    assert read_ranking_settings(built) == pair(RRF, 0.2)


@given(st.sampled_from(FusionMethod), st.floats(0, 1))
def test_every_pair_can_be_written_and_read(fusion: FusionMethod, weight: float) -> None:
    settings = pair(fusion, weight)
    assert RankingSettings.model_validate_json(settings.model_dump_json()) == settings


def test_a_folder_without_an_index_is_refused_and_left_unchanged(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="there is no index at"):
        save_ranking_settings(IndexFolder(tmp_path), pair(RRF, 0.3))
    assert list(tmp_path.iterdir()) == []
    assert read_ranking_settings(IndexFolder(tmp_path / "nowhere")) is None


@pytest.mark.parametrize("full", [False, True])
def test_settings_outlive_every_build(built: IndexFolder, folder: Path, full: bool) -> None:
    save_ranking_settings(built, pair(RRF, 0.3))
    for number in range(3):
        write(folder, f"b{number}.txt", f"Ferry number {number}.\n")
        publish(folder, built, full=full)
    built.prune(keep=1)
    assert check_index(built) == []
    assert read_ranking_settings(built) == pair(RRF, 0.3)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "it is not JSON"),
        ('{"fusion": "rrf", ', "it is not JSON"),
        ("[]", r"it is \[\]"),
        ("{}", "fusion is missing: method and weight must be given together"),
        ('{"fusion": "rrf"}', "semantic_weight is missing"),
        ('{"fusion": "sum", "semantic_weight": 0.5}', "fusion is 'sum': .*'weighted'"),
        ('{"fusion": "rrf", "semantic_weight": 1.5}', "semantic_weight is 1.5: must be at most 1;"),
        ('{"fusion": "rrf", "semantic_weight": -0.1}', "semantic_weight is -0.1"),
        ('{"fusion": "rrf", "semantic_weight": NaN}', "semantic_weight is nan"),
        ('{"fusion": "rrf", "semantic_weight": "0.5"}', "semantic_weight is '0.5'"),
        ('{"fusion": "rrf", "semantic_weight": true}', "semantic_weight is True"),
        ('{"fusion": "rrf", "semantic_weight": 0.5, "depth": 9}', "'depth' is not a setting of an"),
    ],
)
def test_an_error_names_the_file(built: IndexFolder, content: str, problem: str) -> None:
    built.settings.write_text(content, "utf-8")
    with pytest.raises(InvalidSetting, match=f"settings.json: {problem}") as raised:
        read_ranking_settings(built)
    assert str(built.settings) in str(raised.value)
    assert f"--tune --save {built.path}" in str(raised.value)


def test_bytes_that_are_not_text_are_reported(built: IndexFolder) -> None:
    built.settings.write_bytes(b"\xff\xfe{}")
    with pytest.raises(InvalidSetting, match=r"settings\.json: it is not JSON"):
        read_ranking_settings(built)


def test_an_unreadable_file_is_named(built: IndexFolder) -> None:
    built.settings.mkdir()
    with pytest.raises(StorageError, match=r"settings\.json"):
        read_ranking_settings(built)
