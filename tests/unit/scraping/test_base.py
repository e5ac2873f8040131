"""Pages, in memory and in files, and what scrapers ask for by default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from adce_async.errors import RefusedError
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Task
from adce_async.redaction import SECRETS
from adce_async.scraping.base import Page, Scraper, Want

URL = "https://ant.test/items/7.json"
BODY = b'{"id": "7", "rows": [1, 2, 3]}'


class Plain(Scraper):
    def check(self, page: Page, want: Want) -> None:
        if page.json()["id"] != want.fields["id"]:
            raise RefusedError("id: another one")


class Context:
    """Lends what a scraper needs for one task, and remembers what it did with it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, str] | None, bool]] = []
        self.saved: list[tuple[Page, str | None]] = []

    async def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Page:
        self.asked.append((url, params, stream))
        return Page(url, BODY)

    async def save(self, page: Page, key: str | None = None) -> None:
        self.saved.append((page, key))


def pages(folder: Path, body: bytes, **headers: str) -> list[Page]:
    """The same body in memory and in a file."""
    file = folder / "body"
    file.write_bytes(body)
    return [Page(URL, body, headers=headers), Page(URL, b"", headers=headers, file=file)]


@pytest.mark.parametrize("count", [0, 1, 7, len(BODY), 10 * len(BODY)])
def test_a_body_in_a_file_is_the_same_as_one_in_memory(tmp_path: Path, count: int) -> None:
    for page in pages(tmp_path, BODY):
        assert page.size == len(BODY)
        assert page.start(count) == BODY[:count]
        assert page.end(count) == (BODY[-count:] if count else b"")
        with page.open() as body:
            assert body.read() == BODY


def test_json_is_parsed_once_and_what_is_none_is_refused_each_time() -> None:
    page = Page(URL, BODY)
    assert page.json() == {"id": "7", "rows": [1, 2, 3]}
    assert page.json() is page.json()
    cut = Page(URL, BODY[:-1])
    for _ in range(2):
        with pytest.raises(RefusedError) as caught:
            cut.json()
        assert (caught.value.status, caught.value.head) == (200, BODY[:-1].decode())


def test_the_head_is_short_and_has_nothing_secret() -> None:
    SECRETS.learn("hunter2hunter2")
    head = Page(URL, b"token=hunter2hunter2; " + b"x" * 1000).head
    assert len(head) <= 200
    assert "hunter2" not in head


def test_a_declared_encoding_is_read() -> None:
    page = Page(URL, "Jokić".encode("iso-8859-2"), headers={"content-type": "Text/HTML; charset=iso-8859-2"})
    assert (page.text, page.markup.decode(), page.content_type) == ("Jokić", "Jokić", "text/html")


def test_fields_are_encoded_in_the_path_and_left_to_the_client_in_the_query() -> None:
    scraper = Plain("ant", "ant", "https://ant.test/{season_end}/{id}.json", {"day": "{date_compact}", "fixed": "1"})
    fields = {"season": "2024-25", "id": "a/b c", "date": "2024-12-05"}
    assert scraper.url_for(fields) == "https://ant.test/2025/a%2Fb%20c.json"
    assert scraper.params_for(fields) == {"day": "20241205", "fixed": "1"}
    with pytest.raises(KeyError):
        scraper.url_for({"id": "7"})


async def test_by_default_it_fetches_one_page_and_saves_it() -> None:
    scraper, context = Plain("ant", "ant", "https://ant.test/{id}.json", {"q": "{id}"}), Context()
    task = Task("k", "ant", "ant", "ant.items", None, {"id": "7"}, GapKind.MISSING, Priority.LOW, 0.0, 0.0)
    await scraper.scrape(task, context)
    assert context.asked == [("https://ant.test/7.json", {"q": "7"}, False)]
    assert [(page.url, key) for page, key in context.saved] == [("https://ant.test/7.json", None)]


def test_another_body_or_version_is_read_anew() -> None:
    class Newer(Plain):
        version = "2"

    one, newer = Plain("ant", "ant"), Newer("ant", "ant")
    assert (
        len({one.cache_tag("e1"), one.cache_tag("e2"), newer.cache_tag("e1"), Plain("bee", "ant").cache_tag("e1")}) == 4
    )


def test_who_checks_nothing_is_no_scraper() -> None:
    class Trusting(Scraper):
        pass

    with pytest.raises(TypeError, match="check"):
        Trusting("ant", "ant")  # type: ignore[abstract]


def test_what_is_made_of_a_page_is_made_once_even_if_it_is_nothing() -> None:
    made: list[bytes] = []

    def nothing(page: Page) -> None:
        made.append(page.body)

    page, other = Page(URL, BODY), Page(URL, b"{}")
    for each in (page, page, other):
        assert each.once(nothing) is None
    assert made == [BODY, b"{}"]


def test_what_is_forgotten_is_made_anew() -> None:
    page = Page(URL, BODY)
    made = [page.json(), page.markup, page.text, page.html, page.once(lambda _page: object())]
    page.forget()
    assert vars(page).keys() == {"url", "body", "status", "headers", "fetched_at", "file"}
    assert page.json() == made[0]
    assert page.json() is not made[0]


def test_what_is_raised_while_something_is_made_is_raised_again() -> None:
    page = Page(URL, b"no JSON")
    for _ in range(2):
        with pytest.raises(RefusedError):
            page.once(Page.json)


def test_a_tag_tells_its_etag_to_the_scraper_that_made_it_only() -> None:
    class Plain(Scraper):
        def check(self, page: Page, want: Want) -> None:
            """Anything goes."""

    mine, other = Plain("ant_items", "ant"), Plain("bee_items", "bee")
    assert mine.etag_of(mine.cache_tag("e#1")) == "e#1"
    assert mine.etag_of(other.cache_tag("e1")) is None
    assert mine.etag_of("") is None
