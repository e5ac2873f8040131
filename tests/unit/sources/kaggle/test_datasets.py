"""Kaggle: which answers are accepted as which data set, and the versions that they name."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import orjson
import pytest

from adce_async.errors import (
    AccountError,
    BlockedError,
    DeniedError,
    NotFoundError,
    RefusedError,
    ScrapeError,
    TransientError,
    UnreadableError,
)
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Task
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

BUILTINS = load_builtins(["adce_async.sources.kaggle"])

BASKETBALL = {"owner": "wyattowalsh", "slug": "basketball"}

API = "https://www.kaggle.com/api/v1/datasets"

TOKEN = {"Authorization": "Basic " + base64.b64encode(b"me:secret").decode()}

VIEW = {"id": 1218, "ref": "wyattowalsh/basketball", "title": "NBA", "currentVersionNumber": 231}


def scraper(name: str) -> Scraper:
    return make_scraper(name, BUILTINS.scrapers[name])


def want(**fields: str) -> Want:
    return Want("kaggle/a/key", "x", BASKETBALL | fields)


def as_page(body: object) -> Page:
    return Page(API, body if isinstance(body, bytes) else orjson.dumps(body))


def accepted(name: str, body: object, **fields: str) -> None:
    scraper(name).check(as_page(body), want(**fields))


def refused(name: str, body: object, error: type[ScrapeError] = RefusedError, **fields: str) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(as_page(body), want(**fields))
    assert type(caught.value) in (error, UnreadableError)
    return caught.value.reason


class Desk:
    """A `ScrapeContext` with written answers; `asked` is what was asked for, in order."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, str], Mapping[str, str], bool]] = []
        self.saved: list[Page] = []

    async def fetch(self, url, *, params=None, headers=None, stream=False) -> Page:
        self.asked.append((url, params or {}, headers or {}, stream))
        return as_page(self._answers.pop(0))

    async def save(self, page: Page, key: str | None = None) -> None:
        self.saved.append(page)


def task(**fields: str) -> Task:
    return Task(
        "kaggle/a/key", "kaggle", "x", "x", None, BASKETBALL | fields, GapKind.MISSING, Priority.LOW, 0.0, 0.0
    )  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without a token, and an environment without one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR", "KAGGLE_API_TOKEN", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def token(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "secret")


@pytest.mark.parametrize("name", ["kaggle_view", "kaggle_metadata"])
async def test_metadata_is_asked_for_with_the_token(token, name):
    desk = Desk(VIEW)
    await scraper(name).scrape(task(), desk)
    kind = name.removeprefix("kaggle_")
    assert desk.asked == [(f"{API}/{kind}/wyattowalsh/basketball", {}, TOKEN, False)]
    assert len(desk.saved) == 1


def test_a_view_names_its_version():
    accepted("kaggle_view", VIEW)
    found = scraper("kaggle_view").discover(as_page(VIEW), want())
    assert [dict(item.fields) for item in found.items] == [BASKETBALL | {"version": "231"}]
    accepted("kaggle_view", {"ref": "WyattOWalsh/Basketball", "currentVersionNumberNullable": 3})
    for number in (None, 0, "231", True, 1.5):
        assert "currentVersionNumber" in refused("kaggle_view", VIEW | {"currentVersionNumber": number})


@pytest.mark.parametrize(
    "body",
    [
        VIEW,
        {"id": "wyattowalsh/basketball", "title": "NBA Basketball Database"},
        {"info": {"ownerUser": "wyattowalsh", "datasetSlug": "basketball", "title": "NBA"}},
        {"info": {"ownerUserNullable": "wyattowalsh", "datasetSlugNullable": "basketball", "titleNullable": "NBA"}},
        {"ownerUserNullable": "wyattowalsh", "datasetSlugNullable": "basketball", "titleNullable": "NBA"},
    ],
)
def test_forms_of_metadata(body):
    accepted("kaggle_metadata", body)
    other = {"owner": "nathanlauga", "slug": "nba-games"}
    assert "expected data set nathanlauga/nba-games" in refused("kaggle_metadata", body, **other)


@pytest.mark.parametrize("name", ["kaggle_view", "kaggle_metadata"])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"code": 401, "message": "Unauthorized access"}, AccountError),
        ({"code": 403, "message": "Forbidden"}, DeniedError),
        ({"code": 404, "message": "Not found"}, NotFoundError),
        ({"code": 429, "message": "Too many"}, BlockedError),
        ({"code": 500, "message": "Oops"}, TransientError),
        ({"code": "odd", "message": "x"}, RefusedError),
        ({}, RefusedError),
        ([], RefusedError),
        ({"id": "wyattowalsh/basketball"}, RefusedError),
        (b"<html><head><title>Kaggle</title></head></html>", RefusedError),
        (b"", RefusedError),
    ],
)
def test_what_is_no_data_set(name, body, error):
    refused(name, body, error)


def test_ids_without_leading_zeros_are_tolerated():
    header = b"gameId,gameDateTimeEst,hometeamId,awayteamId\n"
    accepted("kaggle_file", header + b"22400061,2024-10-22 19:30:00+00:00,1,2\n", file="LeagueSchedule24_25.csv")


def test_captured_metadata(captures):
    body = captures.body("kaggle", "dataset-metadata_wyattowalsh_basketball.json")
    (entry,) = [one for one in captures.manifest("kaggle") if one["file"].startswith("dataset-metadata")]
    assert scraper("kaggle_metadata").url_for(BASKETBALL) == entry["url"]
    accepted("kaggle_metadata", body)
    refused("kaggle_metadata", body, slug="nba-games")
    refused("kaggle_metadata", body[: len(body) // 2])
    assert "currentVersionNumber" in refused("kaggle_view", body)
    unauthorized = captures.body("kaggle", "SYNTHETIC_401_unauthorized.json")
    assert json.loads(unauthorized)["code"] == 401
    assert "Unauthorized access" in refused("kaggle_metadata", unauthorized, AccountError)
