"""When all places are taken, the client with the most connections makes room."""

import resource
from collections.abc import Iterator

import pytest

from api.web.connections.places import Places, places_of_process


class Line:
    """A connection that remembers whether it was dropped."""

    def __init__(self, *, is_idle: bool = True) -> None:
        self.is_idle = is_idle
        self.is_dropped = False

    def drop(self) -> None:
        self.is_dropped = True


def test_the_longest_unused_connection_of_the_greediest_client_goes() -> None:
    places = Places(4)
    alone, first, second, third = lines = [Line() for _ in range(4)]
    assert places.take("alone", alone)
    assert all(places.take("greedy", each) for each in (first, second, third))
    places.use("greedy", first)
    assert places.take("alone", Line())
    assert [each.is_dropped for each in lines] == [False, False, True, False]


def test_a_connection_that_is_answered_stays() -> None:
    places = Places(2)
    busy, idle = Line(is_idle=False), Line()
    assert places.take("a", busy)
    assert places.take("b", idle)
    assert places.take("a", Line(is_idle=False))
    assert (busy.is_dropped, idle.is_dropped) == (False, True)
    assert not places.take("b", Line())


def test_a_place_that_was_left_is_free_again() -> None:
    places = Places(1)
    first, second = Line(is_idle=False), Line(is_idle=False)
    for _ in range(3):
        assert places.take("a", first)
        assert not places.take("a", second)
        places.leave("a", first)
        places.leave("a", first)
        places.leave("a", second)
        places.use("a", first)


@pytest.fixture
def _files() -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(("files", "places"), [(256, 32), (512, 256), (1_024, 768)])
def test_connections_leave_file_handles_for_the_index(files: int, places: int) -> None:
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (files, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    found = places_of_process()
    assert sum(found.take("a", Line(is_idle=False)) for _ in range(2_000)) == places
