"""Kaggle: how data sets are asked for, with whose token, and which answers are accepted."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from tests.unit.sources.declared_types import declared, example

from adce_async.errors import (
    AccountError,
    BlockedError,
    DeniedError,
    NotFoundError,
    PermanentError,
    RefusedError,
    ScrapeError,
    TransientError,
    UnreadableError,
)
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Task
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper
from adce_async.sources.kaggle.account import CREDENTIALS, authorization

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


def save_token(folder: Path, text: str = '{"username": "me", "key": "secret"}', mode: int = 0o600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "kaggle.json"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_token_of_the_environment(token):
    assert authorization() == TOKEN


def test_the_token_of_a_file(home, monkeypatch):
    save_token(home / ".kaggle")
    assert authorization() == TOKEN
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(home / "elsewhere"))
    with pytest.raises(PermanentError):
        authorization()
    save_token(home / "elsewhere", '{"username": "me", "key": "other"}')
    assert base64.b64decode(authorization()["Authorization"].split()[1]) == b"me:other"
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "secret")
    assert authorization() == TOKEN


def test_half_a_token_in_the_environment_is_none(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    with pytest.raises(PermanentError, match="no Kaggle token"):
        authorization()


async def test_without_a_token_it_says_what_to_do(home):
    for name in ("kaggle_view", "kaggle_metadata", "kaggle_dataset", "kaggle_file"):
        desk = Desk()
        with pytest.raises(PermanentError) as caught:
            await scraper(name).scrape(task(file="team.csv"), desk)
        for word in ("www.kaggle.com/settings", "KAGGLE_API_TOKEN", "~/.kaggle/access_token", "KAGGLE_USERNAME"):
            assert word in caught.value.reason
        assert desk.asked == []


KGAT = "KGAT_0123456789"
BEARER = {"Authorization": f"Bearer {KGAT}"}


@pytest.mark.parametrize("text", [KGAT, f'"{KGAT}"', f"'{KGAT}'\r", f"  {KGAT}\r\n", "{home}/secret"])
def test_the_token_of_today_in_the_environment(home, monkeypatch, text):
    (home / "secret").write_text(f"{KGAT}\n")
    (home / "secret").chmod(0o600)
    monkeypatch.setenv("KAGGLE_API_TOKEN", text.replace("{home}", str(home)))
    assert authorization() == BEARER


@pytest.mark.parametrize("name", ["access_token", "access_token.txt", "kaggle.json"])
@pytest.mark.parametrize("data", [KGAT.encode(), b"\xef\xbb\xbf" + KGAT.encode() + b"\r\n", KGAT.encode("utf-16")])
def test_the_token_of_today_in_a_file(home, name, data):
    path = save_token(home / ".kaggle", "")
    path.write_bytes(data)
    path.rename(home / ".kaggle" / name)
    assert authorization() == BEARER


def test_a_token_of_today_where_the_old_key_belongs(home, monkeypatch):
    save_token(home / ".config" / "kaggle", json.dumps({"username": "me", "key": KGAT}))
    assert authorization() == BEARER
    monkeypatch.setenv("KAGGLE_KEY", KGAT)
    assert authorization() == BEARER
    monkeypatch.setenv("KAGGLE_API_TOKEN", '{"username": "me", "key": "secret"}')
    assert authorization() == TOKEN


def test_which_token_counts(home, monkeypatch):
    """In the order of Kaggle's own programs."""
    save_token(home / ".kaggle")
    assert authorization() == TOKEN
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "other1")
    assert authorization() != TOKEN
    save_token(home / "x", "KGAT_of_a_file").rename(home / ".kaggle" / "access_token")
    assert authorization() == {"Authorization": "Bearer KGAT_of_a_file"}
    monkeypatch.setenv("KAGGLE_API_TOKEN", KGAT)
    assert authorization() == BEARER
    assert set(CREDENTIALS.secrets()) >= {KGAT, "KGAT_of_a_file"}
    assert CREDENTIALS.problem() == ""


@pytest.mark.parametrize("text", ["two words", "über-token-1", "{", "[]", "x"])
def test_what_is_no_token_is_named_and_not_quoted(home, monkeypatch, text):
    monkeypatch.setenv("KAGGLE_API_TOKEN", text)
    with pytest.raises(AccountError, match="KAGGLE_API_TOKEN") as caught:
        authorization()
    assert text not in caught.value.reason.replace("KAGGLE_API_TOKEN", "") or len(text) < 3


def test_a_folder_where_the_token_should_be_is_named(home):
    """What a container's bind mount makes of a file that was not there."""
    (home / ".kaggle" / "access_token").mkdir(parents=True, mode=0o700)
    with pytest.raises(AccountError, match=r"access_token can't be read \(Is a directory\)"):
        authorization()
    assert CREDENTIALS.secrets() == []


def test_who_has_no_home_is_told_how_to_get_a_token(home, monkeypatch):
    def nobody(_path: Path | None = None) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(Path, "expanduser", nobody)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", "~/elsewhere")
    assert "no Kaggle token" in CREDENTIALS.problem()
    monkeypatch.delenv("KAGGLE_CONFIG_DIR")
    assert "KAGGLE_API_TOKEN" in CREDENTIALS.problem()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_token_that_others_can_read_is_not_used(home, mode):
    path = save_token(home / ".kaggle", mode=mode)
    with pytest.raises(PermanentError, match=f"chmod 600 {path}") as caught:
        authorization()
    assert "secret" not in caught.value.reason


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"username": "me"}', '{"username": "me", "key": 7}', '"x"'])
def test_a_token_file_that_is_none(home, text):
    path = save_token(home / ".kaggle", text)
    with pytest.raises(PermanentError) as caught:
        authorization()
    assert str(path) in caught.value.reason


@pytest.mark.parametrize("name", ["kaggle_view", "kaggle_metadata"])
async def test_metadata_is_asked_for_with_the_token(token, name):
    desk = Desk(VIEW)
    await scraper(name).scrape(task(), desk)
    kind = name.removeprefix("kaggle_")
    assert desk.asked == [(f"{API}/{kind}/wyattowalsh/basketball", {}, TOKEN, False)]
    assert len(desk.saved) == 1


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


def test_ids_without_leading_zeros_are_tolerated():
    header = b"gameId,gameDateTimeEst,hometeamId,awayteamId\n"
    accepted("kaggle_file", header + b"22400061,2024-10-22 19:30:00+00:00,1,2\n", file="LeagueSchedule24_25.csv")


def test_what_is_declared():
    source = BUILTINS.sources["kaggle"]
    assert set(source.hosts) == {"www.kaggle.com", "storage.googleapis.com"}
    assert "KAGGLE_KEY" in source.terms
    for name, entry in BUILTINS.scrapers.items():
        url = scraper(name).url_for(BASKETBALL | {"file": "team.csv"})
        assert urlsplit(url).hostname in source.hosts
        assert entry.evidence in ("captured", "documented")
        assert scraper(name).stream is (name in ("kaggle_dataset", "kaggle_file"))


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


def test_the_inventory_can_be_asked_for():
    types = declared("kaggle")
    assert len(types) >= 5
    known = {entry["owner"] + "/" + entry["slug"] for entry in map(example, types.values())}
    assert len(known) == 4
    for name, data_type in types.items():
        fields = example(data_type)
        url = scraper(data_type.scraper).url_for(fields)
        assert f"/{fields['owner']}/{fields['slug']}" in url, name
        assert f"/{fields['owner']}/{fields['slug']}/" in data_type.pattern.text
        if "download" in url:
            assert "{version}" in data_type.pattern.text
