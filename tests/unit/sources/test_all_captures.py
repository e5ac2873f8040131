"""Every captured body before the scraper that owns its address: accepted, or refused with the class that fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CAPTURES, Captures

from adce_async import errors
from adce_async.app import builtins
from adce_async.engine.fetching.statuses import error_for
from adce_async.model.seasons import FOLLOWING
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import make_scraper
from adce_async.scraping.url_lookup import scrapers_for_url

FOLDERS = ("espn", "nba_stats", "nba_cdn", "basketball_reference", "hoopr", "kaggle")
Refused = (errors.RefusedError, errors.NotFoundError)
"""For what is no body at all it makes no difference which."""

NO_ADDRESS = {"PROXY_nbadb_dim_team_sample.parquet"}
"""Of another site, in a known shape."""
EXPECTED: dict[str, Any] = {
    # whole, and not what is kept
    "summary_401772994_pre.json": errors.NotYetError,
    "playbyplay_0022500776_to_halftime.json": errors.NotYetError,
    "soft404_foobar_gamelog.html": Refused,
    "cdn_core_nfl_boxscore_401547602_SHAPE_PROXY.json": LookupError,
    "SYNTHETIC_200_git_lfs_pointer.parquet": errors.RefusedError,
    # a stretch of a game; three seasons in one file; games that are listed three times (a retired endpoint's defect)
    "boxscoretraditionalv2_0021600270_range.json": errors.RefusedError,
    "pbp_subset_columns_2022.csv": errors.RefusedError,
    "scoreboardv2_2026-02-22.json": errors.RefusedError,
    # an address that nobody here asks: of the G League
    "scoreboardv2_gleague_2020-02-25.json": LookupError,
    # answers with another status
    "SYNTHETIC_403_akamai_access_denied.html": errors.BlockedError,
    "SYNTHETIC_403_cloudflare_challenge.html": errors.BlockedError,
    "SYNTHETIC_429_rate_limited.html": errors.BlockedError,
    "SYNTHETIC_403_s3_no_such_game.xml": errors.NotFoundError,
    "SYNTHETIC_404_github_release_asset.txt": errors.NotFoundError,
    "SYNTHETIC_401_unauthorized.json": errors.PermanentError,
    "SYNTHETIC_error_has_occurred.json": errors.TransientError,
    "error_404_core_coach.json": errors.NotFoundError,
    "error_404_schedule.html": errors.NotFoundError,
}


PLAYS = (
    "https://github.com/sportsdataverse/sportsdataverse-data/releases/download/espn_nba_pbp/play_by_play_2022.parquet"
)
WHOLE_ADDRESS = {
    # recorded without their query, or made by hand without any
    "SYNTHETIC_200_git_lfs_pointer.parquet": PLAYS,
    "scoreboard_20250529_playoff_final.json": "?dates=20250529&limit=1000",
    "scoreboard_20260502_live_playoff.json": "?dates=20260502&limit=1000",
}


def entries() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for folder in FOLDERS if CAPTURES.is_dir() else ():
        manifest: Path = CAPTURES / folder / "MANIFEST.json"
        listed = json.loads(manifest.read_text())["files"]
        found += [(folder, entry) for entry in listed if entry["file"] not in NO_ADDRESS]
    return found


def all_scrapers() -> list[Scraper]:
    return [make_scraper(name, entry) for name, entry in builtins().scrapers.items()]


def judge(entry: dict[str, Any], body: bytes, scrapers: list[Scraper]) -> str:
    """Name of the scraper that accepted it; raises what was found."""
    recorded = entry["url"] if entry["url"].startswith("http") else ""
    status, url = entry.get("http_status") or 200, recorded.split(" (")[0] + WHOLE_ADDRESS.get(entry["file"], "")
    headers = {"content-type": entry["content_type"]} if entry.get("content_type") else {}
    if status != 200:
        raise error_for(status, headers, body, "host", 0.0)
    found = scrapers_for_url(url, scrapers)
    if not found:
        raise LookupError(f"nobody asks {url}")
    match = found[0]
    page = Page(url, body, headers=headers, fetched_at=1.7e9)
    name = match.scraper.name
    match.scraper.check(page, Want(name, name.removeprefix(match.scraper.source + "_"), match.fields))
    match.scraper.discover(page, Want(name, name, match.fields))
    return name


@pytest.fixture(scope="module")
def scrapers() -> list[Scraper]:
    return all_scrapers()


@pytest.mark.parametrize(
    ("folder", "entry"), entries(), ids=lambda value: value["file"] if isinstance(value, dict) else value
)
def test_it_is_judged_right(folder: str, entry: dict[str, Any], scrapers: list[Scraper]) -> None:
    file = entry["file"]
    expected = EXPECTED.get(file, errors.RefusedError if file.startswith("DERIVED_") else None)
    body = (CAPTURES / folder / file).read_bytes()
    if expected is None:
        judge(entry, body, scrapers)
    else:
        with pytest.raises(expected):
            judge(entry, body, scrapers)


def test_another_sport_in_the_same_shape_is_refused(captures: Captures) -> None:
    [nfl] = [scraper for scraper in all_scrapers() if scraper.name == "espn_cdn_box_score"]
    body = captures.body("espn", "cdn_core_nfl_boxscore_401547602_SHAPE_PROXY.json")
    with pytest.raises(errors.RefusedError):
        nfl.check(Page("", body), Want("k", "cdn_box_score", {"game_id": "401547602"}))


def test_there_is_something_to_judge(captures: object) -> None:
    assert len(entries()) > 100


OTHERS = {"season": "1971-72", "date": "1999-01-05", "month": "july", "season_type": "Pre Season"}
"""What a field of a key is changed to; others get an `x` in their last place."""
CANNOT_TELL = {
    ("scoreboard_20250214_no_games.json", "date"),  # an empty listing names no day
    ("core_events_20250301.json", "date"),  # older collections name none
    *(("kaggle_file", field) for field in ("owner", "slug", "file")),  # a CSV is known by its columns alone
    # retired shapes: whatever stretch a key names, only a whole game is accepted
    *(("nba_api_box_score_v2", f"{end}_{what}") for end in ("start", "end") for what in ("period", "range")),
    ("nba_api_box_score_v2", "range_type"),
    ("nba_api_play_by_play_v2", "start_period"),
}


def changed(field: str, value: str) -> str:
    return OTHERS.get(field, value[:-1] + ("1" if value[-1] != "1" else "2"))


@pytest.mark.parametrize(
    ("folder", "entry"), entries(), ids=lambda value: value["file"] if isinstance(value, dict) else value
)
def test_no_field_of_the_key_can_be_another(folder: str, entry: dict[str, Any], scrapers: list[Scraper]) -> None:
    """Each field that an address makes, changed alone: the body is refused, or can't tell, which is listed."""
    file, body = entry["file"], (CAPTURES / folder / entry["file"]).read_bytes()
    url = (entry["url"] if entry["url"].startswith("http") else "").split(" (")[0] + WHOLE_ADDRESS.get(file, "")
    found = scrapers_for_url(url, scrapers)
    if file in EXPECTED or file.startswith(("DERIVED_", "SYNTHETIC_")) or not found:
        return
    scraper, fields = found[0].scraper, dict(found[0].fields)
    derived = {name for names in FOLLOWING.values() for name in names} - {"month"} | {"league"}
    page, name = Page(url, body, fetched_at=1.7e9), scraper.name
    kind = name.removeprefix(scraper.source + "_")
    for field in fields.keys() - derived - ({"month"} if "date" in fields else set()):
        own = {one: value for one, value in fields.items() if one not in derived}
        want = Want(name, kind, own | {field: changed(field, fields[field])})
        if (file, field) in CANNOT_TELL or (name, field) in CANNOT_TELL:
            if field != "file":  # a file of another name may be known by other columns
                scraper.check(page, want)
            continue
        with pytest.raises(errors.ScrapeError):
            scraper.check(page, want)
            pytest.fail(f"{name}: {field} can be {want.fields[field]!r}")
