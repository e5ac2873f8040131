"""nba.com's envelopes: the shapes in which parameters and tables come, and what is no answer."""

from __future__ import annotations

import orjson
import pytest

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    RefusedError,
    ScrapeError,
    TransientError,
    UnreadableError,
)
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper
from adce_async.sources.nba_api.endpoints import ENDPOINTS
from adce_async.sources.nba_api.envelope import tables

ENTRIES = load_builtins(["adce_async.sources.nba_api"]).scrapers

FIELDS = {
    "season": "2024-25",
    "season_type": "regular",
    "stat_type": "four_factors",
    "players": "5",
    "unit": "Team",
    "measure": "Drives",
    "grouping": "offensive",
    "play_type": "Spotup",
    "player_or_team": "T",
    "team_id": "1610612739",
    "player_id": "1628378",
    "off_player_id": "1",
    "def_player_id": "2",
    "game_id": "0022400561",
}

TABLES = sorted(name for name, endpoint in ENDPOINTS.items() if endpoint.sets)

PLAIN = sorted(name for name in TABLES if ENDPOINTS[name].uses == "NbaTable" and name != "video_events")


def scraper(name: str) -> Scraper:
    return make_scraper(f"nba_api_{name}", ENTRIES[f"nba_api_{name}"])


def as_page(document: object) -> Page:
    return Page("https://stats.nba.com/x", document if isinstance(document, bytes) else orjson.dumps(document))


def want_of(name: str, **changed: str) -> Want:
    """A key with the fields that the address of this table needs, and no others."""
    needed = " ".join(scraper(name).params.values())
    return Want("k.json", "x", {field: value for field, value in FIELDS.items() if f"{{{field}" in needed} | changed)


def said(name: str, **changed: str) -> dict[str, object]:
    """The parameters as the server repeats them: numbers as numbers, empty ones as nothing or 0."""
    asked = scraper(name).params_for(dict(want_of(name, **changed).fields))
    return {
        key: int(value) if len(value) > 4 and value.isdecimal() and key != "GameID" else value or None
        for key, value in asked.items()
    }


def document(name: str, rows: int = 1, **changed: str) -> dict:
    """A good body of a table: its result sets, with what their columns must say."""
    endpoint = ENDPOINTS[name]
    values = scraper(name).url_fields(dict(want_of(name, **changed).fields))
    row = {column: values[field] for column, field in endpoint.rows.items()}
    row |= dict.fromkeys(endpoint.names.values(), 1610612739)
    sets = [{"name": one, "headers": [*row, "X"], "rowSet": [[*row.values(), 1]] * rows} for one in endpoint.sets]
    return {"resource": endpoint.path, "parameters": said(name, **changed), "resultSets": sets}


def refused(name: str, body: object, asked: Want | None = None, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(as_page(body), asked or want_of(name))
    assert type(caught.value) in (error, UnreadableError), caught.value
    return caught.value.reason


def test_filters_that_nobody_asked_for_are_seen():
    good = document("game_finder")
    for name, value in (
        ("Conference", "East"),
        ("TeamID", 1610612738),
        ("GameID", "0022400561"),
        ("PlayerOrTeam", "P"),
    ):
        wrong = good | {"parameters": good["parameters"] | {name: value}}
        assert f"parameters.{name}" in refused("game_finder", wrong)
    for nothing in (None, "", 0, "0"):
        index = document("player_index")
        index["parameters"] |= dict.fromkeys(("TeamID", "Active", "AllStar", "Historical"), nothing)
        scraper("player_index").check(as_page(index), want_of("player_index"))


def test_the_order_of_rows_is_the_askers_business():
    body = log()
    body["parameters"] |= {"Counter": 1000, "Direction": "DESC"}
    scraper("game_log").check(as_page(body), want_of("game_log"))
    asked = scraper("game_log").params_for(FIELDS | {"counter": "1000", "direction": "DESC"})
    assert (asked["Counter"], asked["Direction"]) == ("1000", "DESC")
    assert scraper("game_log").params_for({"season": "2024-25", "season_type": "regular"})["PlayerOrTeam"] == "T"


def test_parameters_come_in_two_shapes_and_under_two_names():
    body = document("standings")
    body["parameters"] = {"LeagueID": "00", "SeasonYear": "2024-25", "SeasonType": "Regular Season"}
    scraper("standings").check(as_page(body), want_of("standings"))
    assert "SeasonYear" in refused("standings", body, want_of("standings", season="2023-24"))
    body["parameters"] = [{"LeagueID": "00"}, {"Season": "2023-24"}]
    assert "Season: expected '2024-25'" in refused("standings", body)
    for unknown in (None, [], "x", [None]):
        assert "is not repeated" in refused("standings", body | {"parameters": unknown})


def test_result_sets_come_in_four_shapes():
    good = document("league_leaders")
    one = good.pop("resultSets")[0]
    for sets in ({"resultSets": [one]}, {"resultSets": one}, {"resultSet": one}, {"resultSet": [one]}):
        scraper("league_leaders").check(as_page(good | sets), want_of("league_leaders"))
    layered = document("team_shot_locations")
    layered["resultSets"] = layered["resultSets"][0] | {
        "headers": [
            {"name": "SHOT_CATEGORY", "columnNames": ["Restricted Area"]},
            {"name": "columns", "columnNames": ["TEAM_ID", "FGM"]},
        ]
    }
    scraper("team_shot_locations").check(as_page(layered), want_of("team_shot_locations"))
    assert tables(layered)["ShotLocations"].columns == ("TEAM_ID", "FGM")
    videos = {"parameters": {"GameID": "0022400561", "GameEventID": 0}, "resultSets": {"Meta": {}, "playlist": []}}
    scraper("video_events").check(as_page(videos), want_of("video_events"))
    scraper("video_events").check(as_page(videos), Want("k", "x", {"game_id": "0022400561", "event_id": "0"}))
    assert "GameID" in refused("video_events", videos, want_of("video_events", game_id="0022400562"))
    assert "expected playlist" in refused("video_events", videos | {"resultSets": {"Meta": {}}})


def test_fields_that_are_not_given_are_not_compared():
    bare = Want("k", "x", {})
    for name in PLAIN:
        scraper(name).check(as_page(document(name)), bare)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"Message": "An error has occurred."}, TransientError),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', NotFoundError),
        (b"<html><head><title>Access Denied</title>", BlockedError),
        (b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD>", BlockedError),
        (b"<html><head><title>Stats</title>", RefusedError),
        ({}, RefusedError),
        (b"", RefusedError),
        (b"The Season property is required.", RefusedError),
    ],
)
@pytest.mark.parametrize("name", ["team_stats", "game_log", "box_score", "play_by_play", "box_score_summary", "schedule",
                                  "scoreboard", "cdn_box_score", "cdn_play_by_play", "cdn_scoreboard", "scoreboard_v2"])  # fmt: skip
def test_what_is_no_answer_is_refused_by_kind(name, body, error):
    refused(name, body, error=error)


LOG = ("GAME_ID", "GAME_DATE", "TEAM_ABBREVIATION", "MATCHUP", "WL", "PTS")

HOME = ("0022400561", "2025-01-15", "PHI", "PHI vs. NYK", "L", 119)

AWAY = ("0022400561", "2025-01-15", "NYK", "NYK @ PHI", "W", 125)


def log(*rows: tuple, headers: tuple = LOG, name: str = "game_log") -> dict:
    table = {
        "name": ENDPOINTS[name].sets[0],
        "headers": list(headers),
        "rowSet": [list(row) for row in rows or (HOME, AWAY)],
    }
    return {"resource": "x", "parameters": said(name), "resultSets": [table]}
