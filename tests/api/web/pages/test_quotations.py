"""The page that checks a quotation, over HTTP."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.web.keys import KeyFile, Scope
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write

FERRY = "“The ferry sails at noon,” <b>they</b> say.\nNobody has ever seen it leave.\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("quotations")
    write(place / "folder", "ferry.txt", FERRY)
    write(place / "folder", "cold.txt", "Five—or minus five: -5 degrees.\n")
    write(place / "folder", "offer.txt", "The second offer costs 4,650 pounds.\n")
    write(place / "folder", "crlf.txt", "One sheep.\r\nTwo goats.\r\n")
    for number in range(30):
        write(place / "folder", f"crates/{number}.txt", f"The clerk counted crate {number}.\n")
    publish(place / "folder", IndexFolder(place / "index"))
    return place


@pytest.fixture(scope="module")
def client(place: Path) -> Iterator[TestClient]:
    with serve(IndexFolder(place / "index")) as client:
        yield client


def check(client: TestClient, text: str, path: str = "") -> tuple[str, str]:
    """Return the verdict on the page, and the page."""
    response = client.post("/verify", data={"text": text, "path": path})
    assert response.status_code == 200
    (verdict,) = re.findall(r'data-verdict="(\w+)"', response.text)
    return verdict, response.text


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def test_a_verbatim_text_leads_to_its_places(client: TestClient) -> None:
    verdict, page = check(client, "The ferry sails at noon")
    assert verdict == "exact"
    assert "Verbatim The text occurs exactly like this in 1 place." in plain(page)
    (address,) = re.findall(r'class="title" href="([^"]+)"', page)
    opened = client.get(html.unescape(address)).text
    assert re.findall(r'<mark class="span"[^>]*>([^<]+)</mark>', opened) == [
        "The ferry sails at noon"
    ]


def test_an_altered_text_is_shown_with_its_differences(client: TestClient) -> None:
    verdict, page = check(client, '"the ferry sails  at nine," <b>they</b>')
    assert verdict == "similar"
    assert re.findall("<del[^>]*>(.*?)</del>", page, re.DOTALL) == [
        *["&#34;", "the", "  ", "nine", "&#34;"]
    ]
    assert re.findall("<ins[^>]*>(.*?)</ins>", page, re.DOTALL) == ["“", "The", " ", "noon", "”"]
    # A line through them would look like a dash.
    assert re.findall('class="blank">(.*?)<', page) == ["  ", " "]
    told = plain(page)
    assert "2 quotation marks" in told
    assert "Blank 2 blanks 1 blank" in told
    assert "Change of words nine noon" in told
    assert "Altered The text does not occur exactly like this" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('"The ferry sails at noon," <b>', "Verbatim, apart from quotation marks"),
        ('ferry sails  at noon," <b>', "Verbatim, apart from blanks and quotation marks"),
        ("they</b> say. Nobody", "Verbatim, apart from blanks"),
        ("'Nobody has ever seen it leave'", "Verbatim, apart from quotation marks"),
        ("Nobody has ever seen it le-\nave.", "Verbatim, apart from dashes"),
        ("Five–or minus five: -5 degrees", "Verbatim, apart from dashes"),
        ("Five—or minus five: 5 degrees", "Altered"),
        ("Nobody has everseen it leave.", "Altered"),
        ("Five—or minus five, -5 degrees", "Altered"),
        ("nobody has ever seen it leave", "Altered"),
        ("Nobody has ever seen her leave", "Altered"),
    ],
)
def test_other_blanks_quotation_marks_and_dashes_do_not_make_a_quotation_untrue(
    client: TestClient, text: str, told: str
) -> None:
    verdict, page = check(client, text)
    assert verdict == "similar"
    (heading,) = re.findall('<h2 id="verdict">(.*?)</h2>', page)
    assert heading == told


def test_a_changed_number_is_shown_whole(client: TestClient) -> None:
    page = check(client, "The second offer costs 4,200 pounds.")[1]
    assert re.findall("<(?:del|ins)>(.*?)</", page) == ["4,200", "4,650"]


def test_an_empty_form_says_what_to_do(client: TestClient) -> None:
    response = client.post("/verify", data={"text": " \r\n", "path": ""})
    assert response.status_code == 422
    assert "paste the text that somebody quoted" in plain(response.text)


@pytest.mark.parametrize(
    ("text", "path", "told"),
    [
        (
            "Wir verkaufen keine Boote",
            "",
            "No document contains the text, or one that differs",
        ),
        ("The clerk counted", "ferry.txt", "This file contains neither the text nor one that"),
    ],
)
def test_an_absent_text_is_said_to_be_absent(
    client: TestClient, text: str, path: str, told: str
) -> None:
    assert told in plain(check(client, text, path)[1])


def test_line_breaks_are_those_of_the_file(client: TestClient) -> None:
    # A browser sends CRLF, whatever was typed.
    assert check(client, "sheep.\r\nTwo")[0] == "exact"
    assert check(client, "say.\r\nNobody")[0] == "exact"
    assert check(client, "say.\r\nnobody")[0] == "similar"
    assert check(client, "  \r\nThe ferry sails at noon\r\n")[0] == "exact"


def test_the_text_and_the_file_stay_in_the_form(client: TestClient) -> None:
    text = "<b>they</b> say.\nNobody"
    page = check(client, text, "ferry.txt")[1]
    (shown,) = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert html.unescape(shown) == text
    assert 'value="ferry.txt"' in page


def test_the_address_may_have_the_text(client: TestClient) -> None:
    page = client.get("/verify", params={"text": "The ferry sails at noon"}).text
    assert 'data-verdict="exact"' in page
    assert "data-verdict" not in client.get("/verify").text
    assert client.head("/verify").status_code == 200


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": "…"}, "no word by which documents could be found"),
        ({"text": "ferry", "path": "nothing.txt"}, "here is no document at the path"),
        ({"text": "ferry " * 17_000}, "must have at most 100,000 characters"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_words(
    client: TestClient, fields: dict[str, str], told: str
) -> None:
    response = client.post("/verify", data=fields)
    assert response.status_code in (404, 422)
    assert told in plain(response.text)


def test_more_places_are_listed_and_the_rest_counted(client: TestClient) -> None:
    page = check(client, "the clerk counted")[1]
    assert "in more than 20 places" in plain(page)
    assert page.count('class="title"') == 20
    assert page.count("<ins>") == 3


def test_every_page_and_a_quotation_that_is_not_found_lead_here(client: TestClient) -> None:
    assert 'href="/verify"' in client.get("/help").text
    page = client.get("/", params={"q": '"the ferry sails at ten"', "mode": "lexical"}).text
    (address,) = re.findall(r'href="(/verify\?[^"]+)"', page)
    assert 'data-verdict="similar"' in client.get(html.unescape(address)).text
    assert "/verify?" not in client.get("/", params={"q": "xylquaz"}).text


def test_a_foreign_page_and_a_key_without_the_scope_are_refused(
    client: TestClient, place: Path
) -> None:
    data = {"text": "ferry"}
    foreign = client.post("/verify", data=data, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    keys = place / "guarded.json"
    admin = KeyFile(keys).add("cron", frozenset({Scope.ADMIN}))
    reader = KeyFile(keys).add("anna", frozenset({Scope.SEARCH}))
    with serve(IndexFolder(place / "index"), keys=keys) as guarded:
        for secret, status in [("", 401), (admin, 403), (reader, 200)]:
            headers = {"X-API-Key": secret} if secret else {}
            assert guarded.post("/verify", data=data, headers=headers).status_code == status


def test_all_addresses_are_below_the_root_path(place: Path) -> None:
    with serve(IndexFolder(place / "index"), root_path="/search", insecure=True) as client:
        for page in (
            client.get("/search/verify"),
            client.post("/search/verify", data={"text": "the ferry sails at noon"}),
        ):
            addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
            assert 'action="/search/verify"' in page.text
            assert all(each.startswith(("/search/", "#")) for each in addresses)
