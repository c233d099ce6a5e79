"""Files of any time that a file system can hold are indexed."""

from pathlib import Path

import pytest

from indexer.index.folder import IndexFolder
from indexer.index.store.reader import PassageStore
from tests.indexer.builds import NIGHT, build, write_files
from tests.wide_times import folder_for_times, nanoseconds, set_time

YEARS = [1, 1600, 1969, 2262, 2300, 9999]
ODD = [-1, 2**63 - 1, 2**63, -(2**63) - 1, 2**62 * 10**9]


@pytest.mark.parametrize("time_ns", [*map(nanoseconds, YEARS), *ODD])
def test_a_file_of_any_time_is_indexed(time_ns: int, tmp_path: Path) -> None:
    index = IndexFolder(tmp_path / "index")
    with folder_for_times(time_ns) as folder:
        if folder is None:
            pytest.skip("no file system here holds this time")
        write_files(folder, a=NIGHT, b=NIGHT)
        build(folder, index)
        set_time(folder / "a.txt", time_ns)
        touched = build(folder, index)
        assert (touched.published, touched.unchanged, touched.skipped) == (True, 2, [])
        again = build(folder, index)
        assert (again.published, again.unchanged) == (False, 2)
        set_time(folder / "a.txt", time_ns + 10**9)
        assert build(folder, index).published
        store = PassageStore.open(index.store)
        times = [file.mtime_ns for file in store.sources(index.current().manifest.number)]
        store.close()
        assert times[0] == (folder / "a.txt").stat().st_mtime_ns
