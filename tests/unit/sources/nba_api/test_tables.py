"""nba.com's tables: what their parameters and rows must agree with, and when an empty one is an answer."""

from __future__ import annotations

import contextlib
import copy

import orjson
import pytest

from adce_async.errors import (
    RefusedError,
    ScrapeError,
    UnreadableError,
)
from adce_async.model.coverage import ItemState
from adce_async.model.facts import SideFacts
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper
from adce_async.sources.nba_api.endpoints import ENDPOINTS

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


def want(**changed: str) -> Want:
    return Want("k.json", "x", FIELDS | changed)


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


@pytest.mark.parametrize("name", PLAIN)
def test_each_table_is_the_one_asked_for(name):
    good, check = document(name), scraper(name).check
    check(as_page(good), want_of(name))
    other = copy.deepcopy(good)
    other["resultSets"][0]["name"] = "Something"
    assert f"expected {ENDPOINTS[name].sets[0]}" in refused(name, other)
    for key in ("Season", "SeasonYear", "SeasonType", "TeamID", "PlayerID", "GameID", "LeagueID"):
        if good["parameters"].get(key) is None:
            continue
        assert f"parameters.{key}: expected" in refused(name, good | {"parameters": good["parameters"] | {key: "x"}})
        nothing = good | {"parameters": good["parameters"] | {key: None}}
        assert f"parameters.{key}" in refused(name, nothing)
    for column in ENDPOINTS[name].rows:
        wrong = copy.deepcopy(good)
        rows = wrong["resultSets"][0]["rowSet"]
        rows.append(
            [
                "x" if one == column else value
                for one, value in zip(wrong["resultSets"][0]["headers"], rows[0], strict=True)
            ]
        )
        assert f"{column}: expected" in refused(name, wrong)
    for empty in ({}, {"resultSets": None}, {"resource": "x"}, [], {"resultSets": []}):
        refused(name, empty)
    for cut in range(1, 16):
        body = orjson.dumps(good)
        refused(name, body[: len(body) * cut // 16])


@pytest.mark.parametrize(
    ("name", "fields", "params"),
    [
        ("tracking", {"unit": "Player", "measure": "Passing"}, {"PlayerOrTeam": "Player", "PtMeasureType": "Passing"}),
        ("synergy_play_types", {"unit": "P", "grouping": "defensive", "play_type": "Cut"},
         {"PlayerOrTeam": "P", "TypeGrouping": "defensive", "PlayType": "Cut", "SeasonYear": "2024-25"}),
        ("lineups", {"players": "3"}, {"GroupQuantity": "3"}),
        ("game_log", {"player_or_team": "P"}, {"PlayerOrTeam": "P"}),
        ("draft_history", {}, {"Season": "2024"}),
        ("video_events", {"event_id": "12"}, {"GameEventID": "12"}),
        ("scoreboard", {"date": "2025-01-15"}, {"GameDate": "2025-01-15"}),
    ],
)  # fmt: skip
def test_fields_reach_their_parameters(name, fields, params):
    asked = scraper(name).params_for(FIELDS | fields)
    assert {key: asked[key] for key in params} == params


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("rows", [0, 1])
def test_each_parameter_that_a_key_names_is_repeated_or_proved_by_the_rows(name, rows):
    """A hollow envelope, which repeats nothing for a field of the key, may be of anything."""
    asked, good = want_of(name), document(name, rows=rows)
    templates = scraper(name).params
    for parameter, template in templates.items():
        named = [field for field in asked.fields if f"{{{field}" in template]
        proved = rows and any(f"{{{field}}}" in template for field in ENDPOINTS[name].rows.values())
        if not named or proved or parameter in ("Counter", "Direction"):
            continue
        silent = {key: value for key, value in good["parameters"].items() if key != parameter}
        for said_of_it in ({parameter: None}, {parameter: ""}, {}):
            assert parameter in refused(name, good | {"parameters": silent | said_of_it}, asked)
        assert parameter in refused(name, good | {"parameters": good["parameters"] | {parameter: "x"}}, asked)


def test_a_play_type_that_the_server_did_not_understand_is_not_the_one_asked_for():
    hollow = document("synergy_play_types", rows=0)
    hollow["parameters"] |= {"PlayType": None, "TypeGrouping": None}
    assert "parameters.PlayType: expected 'Spotup', found nothing" in refused("synergy_play_types", hollow)
    everything = {name: value for name, value in FIELDS.items() if name in ("season", "season_type", "unit")}
    scraper("synergy_play_types").check(as_page(hollow), Want("k", "x", everything))


def test_what_is_fixed_can_be_a_field_of_the_key():
    found, more = scraper("game_finder"), {"conference": "East", "date_from": "01/15/2025", "date_to": "01/15/2025"}
    asked = want_of("game_finder", **more)
    assert found.params_for(dict(asked.fields))["Conference"] == "East"
    body = log(name="game_finder")
    body["parameters"] |= {"Conference": "East", "DateFrom": "2025-01-15T00:00:00", "DateTo": "2025-01-15T00:00:00"}
    found.check(as_page(body), asked)
    assert "parameters.Conference" in refused(
        "game_finder", body, want_of("game_finder", **more | {"conference": "West"})
    )
    assert "parameters.Conference" in refused("game_finder", body)
    late = log((*HOME[:1], "2025-01-16", *HOME[2:]), name="game_finder") | {"parameters": body["parameters"]}
    assert "GAME_DATE: expected days from 2025-01-15" in refused("game_finder", late, asked)
    for field, column in (("team_id", "TEAM_ID"), ("player_id", "PLAYER_ID")):
        parameter = column.title().replace("_Id", "ID")
        mine = log((*HOME, 7), (*AWAY, 7), headers=(*LOG, column), name="game_finder")
        mine["parameters"] |= {parameter: 7}
        found.check(as_page(mine), want_of("game_finder", **{field: "7"}))
        mine["resultSets"][0]["rowSet"][1][-1] = 8
        assert f"{column}: expected '7'" in refused("game_finder", mine, want_of("game_finder", **{field: "7"}))


def test_games_of_another_part_of_the_season_are_refused():
    playoffs = log(*((("0042400101"), *row[1:]) for row in (HOME, AWAY)))
    assert "expected games of Regular Season, found 0042400101" in refused("game_log", playoffs)


@pytest.mark.parametrize(
    ("name", "field", "column"),
    [
        ("standings", "team_id", "TeamID"),
        ("player_index", "player_id", "PERSON_ID"),
        ("all_players", "player_id", "PERSON_ID"),
        ("team_years", "team_id", "TEAM_ID"),
    ],
)
def test_tables_name_teams_and_players(name, field, column):
    body = document(name)
    body["resultSets"][0] |= {"headers": ["X", column], "rowSet": [["a", 7], ["b", 8], ["c", 7], ["d", None], ["e"]]}
    found = scraper(name).discover(as_page(body), want_of(name))
    assert found is not None
    assert [dict(item.fields) for item in found.items] == [{field: "7"}, {field: "8"}]
    assert found.settled
    assert scraper("league_leaders").discover(as_page(document("league_leaders")), want_of("league_leaders")) is None


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


@pytest.mark.parametrize("name", ["game_log", "game_finder"])
def test_a_log_tells_points_and_names_games(name):
    for rows in ((HOME, AWAY), (AWAY, HOME)):
        body = as_page(log(*rows, name=name))
        scraper(name).check(body, want_of(name))
        (facts,) = scraper(name).facts(body, want_of(name))
        assert (facts.game_id, facts.date, facts.season_type) == ("0022400561", "2025-01-15", "regular")
        assert (facts.home, facts.away) == (SideFacts("PHI", 119), SideFacts("NYK", 125))
        (item,) = scraper(name).discover(body, want_of(name)).items
        assert item.state is ItemState.FINAL
        assert dict(item.fields) == {
            "game_id": "0022400561", "date": "2025-01-15", "season": "2024-25", "season_type": "regular",
            "home": "PHI", "away": "NYK",
        }  # fmt: skip


def test_on_neutral_ground_nobody_is_at_home():
    for matchups in (("PHI @ NYK", "NYK @ PHI"), ("PHI vs. NYK", "NYK vs. PHI")):
        rows = [(*row[:3], matchup, *row[4:]) for row, matchup in zip((HOME, AWAY), matchups, strict=True)]
        body = as_page(log(*rows))
        (item,) = scraper("game_log").discover(body, want_of("game_log")).items
        assert "home" not in item.fields
        (facts,) = scraper("game_log").facts(body, want_of("game_log"))
        assert not facts.sides_known
        assert (facts.home, facts.away) == (SideFacts("PHI", 119), SideFacts("NYK", 125))
    one_team = as_page(log(HOME))
    assert scraper("game_log").facts(one_team, want_of("game_log")) == ()


def test_a_log_of_players_tells_their_sums():
    rows = [(*HOME[:5], points, n) for n, points in enumerate((100, 19))] + [(*AWAY, 9)]
    body = as_page(log(*rows, headers=(*LOG, "PLAYER_ID")))
    (facts,) = scraper("game_log").facts(body, want_of("game_log", player_or_team="P"))
    assert (facts.home, facts.away) == (SideFacts("PHI", player_points=119), SideFacts("NYK", player_points=125))
    rows[0] = (*rows[0][:5], None, 0)
    (facts,) = scraper("game_log").facts(as_page(log(*rows, headers=(*LOG, "PLAYER_ID"))), want_of("game_log"))
    assert facts.home.player_points is None


def test_a_game_in_the_log_without_a_winner_is_under_way():
    rows = [(*row[:4], None, row[5]) for row in (HOME, AWAY)]
    (item,) = scraper("game_log").discover(as_page(log(*rows)), want_of("game_log")).items
    assert (item.state, item.scored) == (ItemState.LIVE, True)
    assert scraper("game_log").facts(as_page(log(*rows)), want_of("game_log")) == ()
    (item,) = scraper("game_log").discover(as_page(log(*((*row[:5], 0) for row in rows))), want_of("game_log")).items
    assert (item.state, item.scored) == (ItemState.LIVE, False)
    (item,) = (
        scraper("game_log")
        .discover(as_page(log(*(("0032400001", *row[1:]) for row in rows))), want_of("game_log"))
        .items
    )
    assert item.state is ItemState.FINAL


def test_a_log_is_of_the_nba_and_of_its_season():
    assert "expected games of 2024-25, found 0022300561" in refused("game_log", log(HOME, ("0022300561", *AWAY[1:])))
    assert "ten digits" in refused("game_log", log(("2022400561", *HOME[1:])))
    assert "ten digits" in refused("game_log", log((22400561, *HOME[1:])))
    assert "expected GAME_ID" in refused("game_log", log(headers=("A", "B")))


@pytest.mark.parametrize("name", ["game_log", "player_index", "team_roster", "league_leaders"])
def test_whatever_member_is_wrong_nothing_breaks(name):
    good = log() if name == "game_log" else document(name)
    for path in paths(good):
        for value in (None, [], {}, "", 7, ["x"], {"a": 1}):
            damaged = copy.deepcopy(good)
            parent = damaged
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = value
            with contextlib.suppress(ScrapeError):
                scraper(name).check(as_page(damaged), want_of(name))
                scraper(name).discover(as_page(damaged), want_of(name))
                scraper(name).facts(as_page(damaged), want_of(name))


def paths(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in inner:
        yield (*path, step)
        yield from paths(child, (*path, step))
