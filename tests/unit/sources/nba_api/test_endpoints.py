"""What nba.com's endpoints are declared to answer."""

from __future__ import annotations

import orjson
import pytest

from adce_async.errors import (
    FixMeError,
    NotYetError,
    RefusedError,
    ScrapeError,
    UnreadableError,
)
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper
from adce_async.sources.nba_api import NbaTable
from adce_async.sources.nba_api.endpoints import ENDPOINTS, Empty

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


@pytest.mark.parametrize("name", PLAIN)
def test_each_declaration_says_whether_empty_is_legal(name):
    empty, check = document(name, rows=0), scraper(name).check
    match ENDPOINTS[name].empty:
        case Empty.LEGAL:
            check(as_page(empty), want_of(name))
        case Empty.EARLY:
            assert "no rows yet" in refused(name, empty, error=NotYetError)
            if "{season_type}" in ENDPOINTS[name].params.values():
                check(as_page(document(name, rows=0, season_type="playoffs")), want_of(name, season_type="playoffs"))
        case Empty.REFUSED:
            assert "expected rows" in refused(name, empty)


def test_empty_is_what_it_is_known_to_be():
    """The registry's word on the tables that are known to be empty at times, and on those that never are."""
    legal = ("playoff_series", "season_matchups", "synergy_play_types", "video_events", "player_awards")
    assert all(ENDPOINTS[name].empty is Empty.LEGAL for name in legal)
    early = ("game_log", "game_finder", "standings", "league_leaders", "team_stats", "lineups")
    assert all(ENDPOINTS[name].empty is Empty.EARLY for name in early)
    never = (
        "all_players",
        "player_index",
        "team_roster",
        "player_info",
        "game_rotation",
        "shot_chart",
        "draft_history",
    )
    assert all(ENDPOINTS[name].empty is Empty.REFUSED for name in never)


def test_a_table_that_is_not_known_needs_a_declaration():
    with pytest.raises(FixMeError, match="that is known"):
        NbaTable("x", "nba_api", "https://stats.nba.com/stats/leaguedashsomething")
