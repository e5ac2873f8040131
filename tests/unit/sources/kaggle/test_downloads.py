"""Kaggle: how data sets are asked for, with whose token, and which answers are accepted."""

from __future__ import annotations

import base64
import io
import tracemalloc
import zipfile
from collections.abc import Mapping
from urllib.parse import urlsplit

import orjson
import pytest

from adce_async.errors import (
    NotFoundError,
    PermanentError,
    RefusedError,
    ScrapeError,
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

TEAMS = b"id,full_name,abbreviation\n1610612737,Atlanta Hawks,ATL\n1610612738,Boston Celtics,BOS\n"


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


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "."), body)
    return out.getvalue()


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


async def test_a_download_is_of_the_version_of_its_key(token):
    desk = Desk(b"PK")
    await scraper("kaggle_dataset").scrape(task(version="230"), desk)
    params = {"datasetVersionNumber": "230"}
    assert desk.asked == [(f"{API}/download/wyattowalsh/basketball", params, TOKEN, True)]


async def test_a_key_without_a_version_gets_the_current_one(token):
    desk = Desk(VIEW, TEAMS)
    await scraper("kaggle_file").scrape(task(file="Team Summaries.csv"), desk)
    view, download = desk.asked
    assert view == (f"{API}/view/wyattowalsh/basketball", {}, TOKEN, False)
    url = f"{API}/download/wyattowalsh/basketball/Team%20Summaries.csv"
    assert download == (url, {"datasetVersionNumber": "231"}, TOKEN, True)
    assert [page.body for page in desk.saved] == [TEAMS]


async def test_nothing_is_downloaded_without_knowing_the_version(token):
    for answer in ({"ref": "wyattowalsh/basketball"}, VIEW | {"ref": "a/b"}, {"code": 404, "message": "x"}):
        desk = Desk(answer)
        with pytest.raises((RefusedError, NotFoundError)):
            await scraper("kaggle_dataset").scrape(task(), desk)
        assert len(desk.asked) == 1
        assert desk.saved == []


def test_an_archive():
    accepted("kaggle_dataset", zipped(csv_team__csv=b"x", nba__sqlite=b"SQLite"))
    accepted("kaggle_dataset", zipped(other__csv=b"x"), owner="somebody", slug="else")
    assert "expected one of nba.duckdb, nba.sqlite, team.csv" in refused("kaggle_dataset", zipped(games__csv=b"x"))
    accepted("kaggle_dataset", zipped(games__csv=b"x"), owner="nathanlauga", slug="nba-games")
    assert "no files" in refused("kaggle_dataset", b"PK\x03\x04" + zipped(), owner="somebody", slug="else")


def test_an_archive_in_a_file(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(zipped(nba__sqlite=b"SQLite" * 1000))
    scraper("kaggle_dataset").check(Page(API, b"", file=path), want())
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(RefusedError, match="cut short"):
        scraper("kaggle_dataset").check(Page(API, b"", file=path), want())


def test_an_archive_that_was_cut():
    whole = zipped(nba__sqlite=bytes(range(256)) * 40, team__csv=TEAMS * 90)
    for part in range(1, 12):
        assert "zip" in refused("kaggle_dataset", whole[: len(whole) * part // 12])
    refused("kaggle_dataset", whole[:-1])
    middle = whole[:60] + whole[200:]
    assert "cut short: nba.sqlite is not where the directory says" in refused("kaggle_dataset", middle)
    second = whole.index(b"PK\x03\x04", 4)
    overwritten = whole[:second] + bytes(4) + whole[second + 4 :]
    assert "cut short: team.csv is not where" in refused("kaggle_dataset", overwritten)
    assert "at its start" in refused("kaggle_dataset", whole[10:])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", RefusedError),
        ({"code": 401, "message": "Unauthorized access"}, RefusedError),
        (b"<!DOCTYPE html><html><head><title>Sign in | Kaggle</title></head></html>", RefusedError),
        (b"<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>", RefusedError),
        (b"Not Found", NotFoundError),
        (TEAMS, RefusedError),
    ],
)
def test_what_comes_instead_of_an_archive(body, error):
    refused("kaggle_dataset", body, error)
    if body != TEAMS:
        refused("kaggle_file", body, error, file="team.csv")


def test_a_file_as_it_is():
    accepted("kaggle_file", TEAMS, file="team.csv")
    accepted("kaggle_file", b"a,b\n1,2\n", file="unknown.csv")
    assert "display_first_last" in refused("kaggle_file", b"person_id\n1\n", file="common_player_info.csv")
    assert "at least 1 rows" in refused("kaggle_file", b"id,full_name,abbreviation\n", file="team.csv")
    for cut in range(1, len(TEAMS)):
        if TEAMS[cut - 1 : cut] != b"\n":
            refused("kaggle_file", TEAMS[:cut], file="team.csv")
    assert "only CSV" in refused("kaggle_file", b"SQLite", PermanentError, file="nba.sqlite")


def test_a_file_that_came_zipped():
    accepted("kaggle_file", zipped(team__csv=TEAMS), file="team.csv")
    assert "expected team.csv" in refused("kaggle_file", zipped(other__csv=TEAMS), file="team.csv")
    lacking = zipped(team__csv=b"id,name\n1,A\n")
    assert "full_name: required" in refused("kaggle_file", lacking, file="team.csv")
    assert "no rows" in refused("kaggle_file", zipped(team__csv=b"id,full_name,abbreviation\n"), file="team.csv")
    whole = zipped(team__csv=TEAMS * 50)
    damaged = bytearray(whole)
    damaged[80] ^= 0xFF
    assert "not a whole zip" in refused("kaggle_file", bytes(damaged), file="team.csv")
    rows = b"".join(b"%d,%d,X\n" % (n, n * n) for n in range(40_000))
    long = bytearray(zipped(team__csv=TEAMS + rows))
    long[-200] ^= 0xFF  # behind what a look at its beginning decompresses
    assert "not a whole zip" in refused("kaggle_file", bytes(long), file="team.csv")
    for part in range(1, 8):
        refused("kaggle_file", whole[: len(whole) * part // 8], file="team.csv")


CAPTURED = {
    "wyattowalsh_team.csv": 30,
    "wyattowalsh_draft_combine_stats.csv": 1202,
    "wyattowalsh_common_player_info.csv": 4171,
    "eoinamoore_LeagueSchedule24_25.csv": 1408,
    "sumitrodatta_Team_Summaries.csv": 1907,
}


def fields_of(url: str) -> dict[str, str]:
    owner, slug, file = urlsplit(url).path.split("/")[-3:]
    return {"owner": owner, "slug": slug, "file": file.replace("%20", " ")}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"a," * 10_000_000, "longer than"),
        (b"id,full_name,abbreviation\n" + b"1," * 10_000_000, "longer than"),
        (b"i" * 200_000 + b",full_name\n1,2\n", "not a whole zip: field larger"),
        (b"id,full_name,abbreviation\r1,A,B\r", "not a whole zip: new-line"),
    ],
)
def test_odd_lines_of_a_zipped_file(body, reason):
    packed = as_page(zipped(team__csv=body))
    tracemalloc.start()
    try:
        with pytest.raises(RefusedError, match=reason):
            scraper("kaggle_file").check(packed, want(file="team.csv"))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_damaged_lzma_member():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("team.csv", TEAMS * 50)
    body = bytearray(out.getvalue())
    for at in range(60, 120):
        body[at] ^= 0xFF
    assert "not a whole zip" in refused("kaggle_file", bytes(body), file="team.csv")
    body = bytearray(out.getvalue())
    body[42] = 0xFF  # the properties of its compression
    assert "not a whole zip" in refused("kaggle_file", bytes(body), file="team.csv")


def test_captured_files(captures):
    entries = {entry["file"]: entry for entry in captures.manifest("kaggle") if entry["file"] in CAPTURED}
    assert entries.keys() == CAPTURED.keys()
    for file, entry in entries.items():
        body, fields = captures.body("kaggle", file), fields_of(entry["url"])
        assert scraper("kaggle_file").url_for(fields) == entry["url"]
        accepted("kaggle_file", body, **fields)
        assert body.count(b"\n") == CAPTURED[file] + 1
        accepted("kaggle_file", zipped(**{fields["file"]: body}), **fields)
        refused("kaggle_file", body[:-2], **fields)
        for other in entries.values():
            if other is not entry:
                refused("kaggle_file", body, **fields_of(other["url"]))
