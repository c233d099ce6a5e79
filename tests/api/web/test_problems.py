"""Bad input: a problem document that names the parameter, or an honest answer; never a crash."""

import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st

from api.contract import errors as server_errors
from api.contract.errors import InvalidQuery, RequestRefused
from api.settings import ServerSettings
from api.web.app import create_app
from api.web.problems import status_of
from indexer import errors as indexer_errors
from indexer.errors import SpanlightError
from indexer.index.folder import IndexFolder
from tests.api.served_index import Json, publish, serve, write
from tests.hashed_embedder import HashedEmbedder
from tests.panics import panic
from tests.property_examples import examples

MODES = ["hybrid", "lexical", "semantic"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    place = tmp_path_factory.mktemp("errors")
    write(place / "folder", "ferry.txt", "The ferry sails at noon, title x or not.\n")
    write(place / "folder", "bridge.txt", "To be or not to be: a bridge.\n")
    publish(place / "folder", IndexFolder(place / "index"), HashedEmbedder())
    with serve(IndexFolder(place / "index")) as client:
        yield client


def problem(response: Response, status: int) -> Json:
    """Check that the response is a problem document of this status, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: Json = response.json()
    assert told["status"] == status
    assert {"type", "title", "detail", "code"} <= told.keys()
    assert told.keys() <= {"type", "title", "status", "detail", "code", "parameter", "position"}
    assert "Traceback" not in response.text
    return told


# Queries


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("q", "position"),
    [("", None), ("   \t\n", None), ("x" * 5_001, None), ("a\0b", 1), ("\0", 0)],
    ids=["empty", "blanks", "5,001 characters", "NUL inside", "NUL"],
)
def test_an_invalid_query_is_refused(
    client: TestClient, q: str, position: int | None, mode: str
) -> None:
    asked = {"q": q, "mode": mode}
    for response in (
        client.get("/v1/search", params=asked),
        client.post("/v1/search", json=asked),
    ):
        told = problem(response, 422)
        assert told["parameter"] == "q"
        assert position is None or told["position"] == position


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("...!?", False),
        ("the of and", True),
        ('"unclosed ferry', True),
        ("(", False),
        (")", False),
        ("-", False),
        ("+", False),
        ("*", False),
        ("~", False),
        ('"', False),
        ('""', False),
        ("()", False),
        ("(ferry", True),
        ("title:x", False),
        ("title:ferry", True),
        ("path:", True),
        ("ferry OR", True),
        ("x" * 1_000, True),
        ("ferry " * 166, True),
        ("(a OR " * 100, True),
        ('"a ' * 300, True),
        ("-a " * 300, True),
        ("\u202e\ufeff\u0301", False),
        ("👩‍👩‍👧‍👦", False),
        ("%00%ff", True),
        ("<script>alert(1)</script>", True),
        ("'; DROP TABLE documents; --", True),
    ],
)
def test_odd_queries_are_answered(client: TestClient, q: str, found: bool, mode: str) -> None:
    response = client.get("/v1/search", params={"q": q, "mode": mode})
    assert response.status_code == 200
    answer = response.json()
    assert answer["query"] == q
    assert answer["total"]["value"] == len(answer["hits"])
    if not found:
        assert answer["hits"] == []


def test_a_date_that_does_not_exist_is_reported_with_its_position(client: TestClient) -> None:
    told = problem(client.get("/v1/search", params={"q": "ferry after:2024-02-30"}), 422)
    assert (told["parameter"], told["position"]) == ("q", 12)


# Parameters of an address


@pytest.mark.parametrize(
    ("query_string", "parameter"),
    [
        ("", "q"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=101", "limit"),
        ("q=a&limit=ten", "limit"),
        ("q=a&limit=1.5", "limit"),
        ("q=a&limit=", "limit"),
        ("q=a&limit=99999999999999999999999", "limit"),
        ("q=a&offset=-1", "offset"),
        ("q=a&offset=1000", "offset"),
        ("q=a&offset=995", "offset"),
        ("q=a&offset=950&limit=51", "offset"),
        ("q=a&mode=fuzzy", "mode"),
        ("q=a&fusion=average", "fusion"),
        ("q=a&semantic_weight=1.01", "semantic_weight"),
        ("q=a&semantic_weight=-0.1", "semantic_weight"),
        ("q=a&semantic_weight=nan", "semantic_weight"),
        ("q=a&min_score=2", "min_score"),
        ("q=a&group_by=folder", "group_by"),
        ("q=a&group_size=0", "group_size"),
        ("q=a&group_size=11", "group_size"),
        ("q=a&facets=size", "facets[0]"),
        ("q=a&fold_duplicates=perhaps", "fold_duplicates"),
        ("q=a&explain=2", "explain"),
        ("q=a&modified_after=yesterday", "modified_after"),
        ("q=a&modified_before=2024-13", "modified_before"),
        ("q=a&modified_before=" + "2" * 41, "modified_before"),
        ("q=a&path=", "path"),
        ("q=a&path=%00", "path"),
        ("q=a" + "&path=x" * 21, "path"),
        ("q=a&cursor=made-up", "cursor"),
        ("q=a&cursor=" + "A" * 201, "cursor"),
        ("q=a&Limit=3", "Limit"),
        ("q=a&limits=3", "limits"),
        ("q=a&%00=3", "\0"),
        ("q=%ff", "q"),
        ("q=a%C0%AF", "q"),
        ("q=%ED%A0%80", "q"),  # a lone surrogate, which is invalid UTF-8
        ("q=a&path=%E5", "path"),
        ("q=a&%ff=b", "%ff"),
    ],
)
def test_a_bad_parameter_is_named(client: TestClient, query_string: str, parameter: str) -> None:
    told = problem(client.get(f"/v1/search?{query_string}"), 422)
    assert told["parameter"] == parameter


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/v1/documents/0000000000000000/text?start=-1", "start"),
        ("/v1/documents/0000000000000000/text?end=x", "end"),
        ("/v1/passages/0000000000000000-000000000000?before=21", "before"),
        ("/v1/passages/0000000000000000-000000000000?after=-1", "after"),
        ("/readyz?mode=fuzzy", "mode"),
    ],
)
def test_other_routes_name_their_parameters_too(
    client: TestClient, address: str, parameter: str
) -> None:
    assert problem(client.get(address), 422)["parameter"] == parameter


@pytest.mark.parametrize(
    "address",
    [
        "/v1/status?verbose=1",
        "/v1/documents/0000000000000000?part=1",
        "/v1/documents/0000000000000000/text?begin=1",
        "/v1/passages/0000000000000000-000000000000?around=1",
    ],
)
def test_every_route_refuses_unknown_parameters(client: TestClient, address: str) -> None:
    name = address.partition("?")[2].partition("=")[0]
    assert problem(client.get(address), 422)["parameter"] == name


# Bodies


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        (b"", None),
        (b"{", None),
        (b"ferry", None),
        (b"null", None),
        (b"[]", None),
        (b'"ferry"', None),
        (b"{}", "q"),
        (b'{"q": null}', "q"),
        (b'{"q": 7}', "q"),
        (b'{"q": ["a"]}', "q"),
        (b'{"q": "\\ud800"}', "q"),
        (b'{"q": "a\\udfffb"}', "q"),
        (b'{"q": "a\\u0000b"}', "q"),
        (b'{"q": "a", "limit": "many"}', "limit"),
        (b'{"q": "a", "limit": 1.5}', "limit"),
        (b'{"q": "a", "limit": 1e999}', "limit"),
        (b'{"q": "a", "limit": []}', "limit"),
        (b'{"q": "a", "semantic_weight": NaN}', "semantic_weight"),
        (b'{"q": "a", "semantic_weight": {}}', "semantic_weight"),
        (b'{"q": "a", "path": "*.md"}', "path"),
        (b'{"q": "a", "path": [7]}', "path[0]"),
        (b'{"q": "a", "facets": ["year", "size"]}', "facets[1]"),
        (b'{"q": "a", "cursor": 7}', "cursor"),
        (b'{"q": "a", "cursor": "\\ud800"}', "cursor"),
        (b'{"q": "a", "modified_after": "\\ud800"}', "modified_after"),
        (b'{"q": "a", "explain": "sometimes"}', "explain"),
        (b'{"q": "a", "nope": 1}', "nope"),
    ],
)
def test_a_bad_body_is_refused(client: TestClient, body: bytes, parameter: str | None) -> None:
    headers = {"content-type": "application/json"}
    told = problem(client.post("/v1/search", content=body, headers=headers), 422)
    assert told.get("parameter") == parameter
    batch = b'{"searches": [{"q": "a"}, ' + body + b"]}"
    problem(client.post("/v1/search/batch", content=batch, headers=headers), 422)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"q": a}', "Expecting value at character 6"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b'{"q": "\xff"}', "byte 7 is not UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"q":' * 100_000, "it is nested too deeply"),
        (b'{"q": "a", "limit": ' + b"9" * 5_000 + b"}", "it contains a number that is too long"),
    ],
    ids=["word", "bytes", "bytes inside", "lists", "objects", "number"],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: TestClient, body: bytes, reason: str
) -> None:
    headers = {"content-type": "application/json"}
    told = problem(client.post("/v1/search", content=body, headers=headers), 422)
    assert (told["code"], told["detail"]) == ("invalid_request", f"the body is not JSON: {reason}")


@pytest.mark.parametrize(
    "body",
    [
        b'{"\\ud800": 1, "q": "a"}',
        b'{"q": "a", "path": ["\\ud800"]}',
        b'{"q": "a", "type": ["\\udfff"]}',
    ],
)
def test_lone_surrogates_never_cause_a_crash(client: TestClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/v1/search", content=body, headers=headers)
    assert response.status_code in {200, 422}


def test_a_body_of_another_type_is_refused(client: TestClient) -> None:
    problem(
        client.post("/v1/search", content=b'{"q": "a"}', headers={"content-type": "text/plain"}),
        422,
    )
    told = problem(client.post("/v1/search", data={"q": "a"}), 422)
    assert told["detail"] == "send JSON, with the header Content-Type: application/json"
    told = problem(client.post("/v1/search", json=["a"]), 422)
    assert told["detail"] == "must be a JSON object"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("limit", "abc", "must be a whole number"),
        ("limit", "101", "must be at most 100"),
        ("explain", "yess", "must be true or false"),
        ("mode", "fuzzy", "must be 'hybrid', 'lexical' or 'semantic'"),
        ("min_score", "x", "must be a number"),
    ],
)
def test_a_wrong_value_is_reported_in_our_words(
    client: TestClient, name: str, value: str, told: str
) -> None:
    asked = {"q": "a", name: value}
    refused = problem(client.get("/v1/search", params=asked), 422)
    assert refused["detail"] == f"{name}: {told}"
    page = client.get("/", params=asked)
    assert page.status_code == 422
    assert f"{name}: {told}" in html.unescape(page.text)


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "/nothing",
        "/v1",
        "/v1/",
        "/v2/search?q=a",
        "/static/",
        "/static/nothing.js",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/%00",
        "/%00",
        "/%ff",
    ],
)
def test_unknown_addresses_are_not_found(client: TestClient, address: str) -> None:
    told = problem(client.get(address, follow_redirects=False), 404)
    assert told["code"] == "not_found"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/v1/documents/0000000000000000", "document_not_found"),
        ("/v1/documents/%00", "document_not_found"),
        ("/v1/documents/%ff/text", "document_not_found"),
        ("/v1/documents/ferry.txt", "document_not_found"),
        ("/v1/documents/..%2f..%2fetc", "not_found"),
        ("/v1/passages/0000000000000000-000000000000", "passage_not_found"),
        ("/v1/passages/-", "passage_not_found"),
        ("/v1/passages/%F0%9F%90%9F", "passage_not_found"),
    ],
)
def test_unknown_documents_and_passages_are_not_found(
    client: TestClient, address: str, code: str
) -> None:
    told = problem(client.get(address), 404)
    named = {"document_not_found": "document_id", "passage_not_found": "passage_id"}
    assert (told["code"], told.get("parameter")) == (code, named.get(code))


def test_the_length_of_an_identifier_is_limited(client: TestClient) -> None:
    assert problem(client.get("/v1/documents/" + "0" * 65), 422)["parameter"] == "document_id"


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("DELETE", "/v1/search", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/v1/status", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/v1/search/batch", {"OPTIONS", "POST"}),
        ("PUT", "/livez", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/sign-in", {"GET", "HEAD", "OPTIONS", "POST"}),
    ],
)
def test_a_wrong_method_is_refused(
    client: TestClient, method: str, address: str, allowed: set[str]
) -> None:
    response = client.request(method, address)
    assert problem(response, 405)["code"] == "method_not_allowed"
    assert {*response.headers["allow"].split(", ")} == allowed


# Any input

fields: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)
PARAMETERS = [
    *("mode", "limit", "offset", "cursor", "fusion", "semantic_weight", "path", "type"),
    *("modified_after", "modified_before", "group_by", "group_size", "fold_duplicates"),
    *("min_score", "facets", "explain", "nope"),
]
any_text = st.text(max_size=40) | st.text('ab "()+-*~:ORpathtitle\0', max_size=40)


@examples(75)
@given(st.fixed_dictionaries({"q": any_text | fields}, optional=dict.fromkeys(PARAMETERS, fields)))
def test_any_body_is_answered_or_refused(client: TestClient, body: Json) -> None:
    headers = {"content-type": "application/json"}
    content = json.dumps(body).encode()
    response = client.post("/v1/search", content=content, headers=headers)
    if response.status_code != 200:
        problem(response, 422)


@examples(75)
@given(q=any_text, mode=st.sampled_from(MODES), grouped=st.booleans())
def test_any_query_is_answered_or_refused(
    client: TestClient, q: str, mode: str, grouped: bool
) -> None:
    asked = {"q": q, "mode": mode, "group_by": "document" if grouped else "passage"}
    response = client.get("/v1/search", params=asked)
    if response.status_code != 200:
        assert problem(response, 422)["parameter"] == "q"


@examples(50)
@given(st.binary(max_size=30), st.binary(max_size=30))
def test_any_address_is_answered_or_refused(
    client: TestClient, path: bytes, query_string: bytes
) -> None:
    for start in ("/", "/v1/", "/v1/documents/", "/v1/passages/", "/static/"):
        address = (
            f"{start}{quote_from_bytes(path, safe='')}?{quote_from_bytes(query_string, safe='=&')}"
        )
        response = client.get(address, follow_redirects=False)
        assert response.status_code < 500
        if response.status_code >= 400 and start != "/":
            problem(response, response.status_code)


# Every error

EVERY_ERROR = [
    kind
    for kind in {**vars(indexer_errors), **vars(server_errors)}.values()
    if isinstance(kind, type) and issubclass(kind, SpanlightError) and kind is not SpanlightError
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("limit", "10"), ("limit", True), ("offset", [1]), ("semantic_weight", "0.5")],
        *[("explain", 0), ("explain", "true"), ("fold_duplicates", 1)],
    ],
)
def test_numbers_in_a_body_must_be_numbers(client: TestClient, name: str, value: object) -> None:
    search = {"q": "ferry", "mode": "lexical", name: value}
    for address, body in [
        ("/v1/search", search),
        ("/v1/search/batch", {"searches": [search]}),
    ]:
        told = problem(client.post(address, json=body), 422)
        assert told["parameter"] in (name, f"searches[0].{name}")


@pytest.mark.parametrize("start", ["0", True, None])
def test_the_ends_of_a_span_must_be_numbers(client: TestClient, start: object) -> None:
    quoted = {"path": "ferry.txt", "text": "The", "span": {"start": start, "end": 3}}
    assert problem(client.post("/v1/verify", json=quoted), 422)["parameter"] == "span.start"
    quoted["span"] = {"start": 0.0, "end": 3.0}
    assert client.post("/v1/verify", json=quoted).json()["verdict"] == "exact"


def test_a_whole_number_in_a_body_may_have_a_point(client: TestClient) -> None:
    body = {"q": "ferry", "mode": "lexical", "limit": 1.0}
    assert client.post("/v1/search", json=body).status_code == 200


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        *[("/v1/search?q=a&q=b", "q"), ("/v1/search?q=a&limit=1&limit=1", "limit")],
        *[("/v1/search?q=a&mode=lexical&mode=", "mode"), ("/v1/suggest?q=a&q=a", "q")],
        *[
            ("/v1/documents/0/text?start=1&start=2", "start"),
            ("/v1/passages/0?after=1&after=1", "after"),
        ],
        *[
            ("/v1/passages/0/similar?explain=1&explain=1", "explain"),
            ("/readyz?mode=lexical&mode=lexical", "mode"),
        ],
        *[("/?q=a&q=b", "q"), ("/?q=a&limit=1&limit=2", "limit"), ("/documents/0?q=a&q=b", "q")],
        *[("/opensearch-suggestions?q=a&q=b", "q"), ("/sign-in?next=/&next=/help", "next")],
    ],
)
def test_a_repeated_parameter_is_named(client: TestClient, address: str, parameter: str) -> None:
    response = client.get(address)
    assert response.status_code == 422
    assert f"{parameter} is given more than once" in response.text.lower()
    if not response.headers["content-type"].startswith("text/html"):
        assert problem(response, 422)["parameter"] == parameter


@pytest.mark.parametrize(
    ("path", "body", "parameter"),
    [
        ("/v1/search", b'{"q": "ferry", "q": "bridge"}', "q"),
        ("/v1/search", b'{"q": "ferry", "limit": 1, "limit": null}', "limit"),
        ("/v1/search", b'{"q": "ferry", "path": [{"a": 1, "a": 1}]}', "a"),
        ("/v1/search", b'{"q": "ferry", "\\ud800": 1, "\\ud800": 2}', "\\ud800"),
        ("/v1/search/batch", b'{"searches": [{"q": "a"}, {"q": "a", "q": "b"}]}', "q"),
        ("/v1/verify", b'{"text": "the ferry", "text": "the bridge"}', "text"),
    ],
)
def test_a_field_that_a_body_has_twice_is_named(
    client: TestClient, path: str, body: bytes, parameter: str
) -> None:
    headers = {"content-type": "application/json"}
    told = problem(client.post(path, content=body, headers=headers), 422)
    assert told["parameter"] == parameter
    assert told["detail"] == f"{parameter} is given more than once; send it once"


@pytest.mark.parametrize("path", ["/verify", "/sign-in"])
def test_a_field_that_a_form_has_twice_is_named(client: TestClient, path: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = client.post(path, content=b"text=a&key=b&text=c", headers=headers)
    assert response.status_code == 422
    assert "text is given more than once" in response.text.lower()


def test_parameters_with_several_values_may_be_repeated(client: TestClient) -> None:
    for path in ("/v1/search", "/"):
        address = (
            f"{path}?q=ferry&path=a*&path=b*&facets=type&facets=year&type=text/plain&type=text/csv"
        )
        assert client.get(address).status_code == 200


def test_each_error_has_its_status() -> None:
    statuses = {kind.__name__: int(status_of(kind("x"))) for kind in EVERY_ERROR}
    assert statuses == {
        **dict.fromkeys(["UsageError", "FolderNotFound", "InvalidSetting", "InvalidQuery"], 422),
        **dict.fromkeys(["RemovalsRefused", "SemanticUnavailable"], 422),
        **dict.fromkeys(["NotFound", "DocumentNotFound", "PassageNotFound", "PageNotFound"], 404),
        "JobNotFound": 404,
        "GenerationGone": 410,
        "JobRunning": 409,
        "OriginalChanged": 409,
        "OriginalsOff": 403,
        **dict.fromkeys(["IndexUnusable", "IndexNotFound", "IndexLocked", "IndexDamaged"], 503),
        **dict.fromkeys(["FormatVersionMismatch", "ConfigMismatch", "WrongFolder"], 503),
        "StorageError": 503,
        **dict.fromkeys(["ModelUnusable", "ModelNotFound", "ModelDamaged", "ModelLoading"], 503),
        **dict.fromkeys(["RequestRefused", "Overloaded", "TimedOut", "TooManyConnections"], 503),
        "HostNotAllowed": 421,
        "OriginNotAllowed": 403,
        "KeyRequired": 401,
        "KeysMissing": 403,
        "KeysUnusable": 503,
        "ScopeMissing": 403,
        "MalformedRequest": 400,
        "HeadTooLarge": 431,
        "HeadTooSlow": 408,
        "BodyTooLarge": 413,
        "BodyTooSlow": 408,
        "RateLimited": 429,
    }
    assert status_of(SpanlightError("x")) == 500


def test_error_codes_are_distinct() -> None:
    codes = [kind.code for kind in EVERY_ERROR]
    assert len(codes) == len(set(codes))


@pytest.fixture
def raising(index: IndexFolder) -> Iterator[TestClient]:
    """An application whose routes raise the error named in the address."""
    app = create_app(ServerSettings(index=index.path))
    kinds = {kind.__name__: kind for kind in EVERY_ERROR}

    def fail(name: str) -> None:
        if name in kinds:
            raise kinds[name](f"{name} \ud800 happened")
        if name == "panic":
            panic()
        raise RuntimeError("a secret of the inside")

    app.get("/v1/failing/{name}")(fail)
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        yield client


def test_a_panic_of_a_library_is_a_problem_document(raising: TestClient) -> None:
    assert problem(raising.get("/v1/failing/panic"), 500)["code"] == "internal_error"


@pytest.mark.parametrize("kind", EVERY_ERROR)
def test_every_error_is_a_problem_document(raising: TestClient, kind: type[SpanlightError]) -> None:
    response = raising.get(f"/v1/failing/{kind.__name__}")
    told = problem(response, int(status_of(kind("x"))))
    assert told["code"] == kind.code
    # Characters that no encoding has are escaped.
    assert told["detail"] == f"{kind.__name__} \\ud800 happened"
    # Refused requests set their own Retry-After.
    waits = told["status"] == 503 and not issubclass(kind, RequestRefused)
    assert ("retry-after" in response.headers) == waits
    named = {"InvalidQuery": "q", "SemanticUnavailable": "mode", "GenerationGone": "cursor"}
    assert told.get("parameter") == named.get(kind.__name__)


def test_a_position_is_reported() -> None:
    assert InvalidQuery("no", position=3).position == 3


def test_an_unexpected_error_reveals_no_internals(
    raising: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = raising.get("/v1/failing/anything")
    told = problem(response, 500)
    assert told["code"] == "internal_error"
    assert "secret" not in response.text
    # The log has the details.
    assert "a secret of the inside" in caplog.text
