"""nba.com's ids and spellings."""

from __future__ import annotations

import orjson
import pytest

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


def test_season_types_and_kinds_of_statistics_are_spelled_as_nba_com_does():
    table = scraper("team_stats")
    asked = table.params_for(FIELDS)
    assert (asked["SeasonType"], asked["MeasureType"], asked["Season"]) == ("Regular Season", "Four Factors", "2024-25")
    again = table.params_for(FIELDS | {"season_type": "Regular Season", "stat_type": "Four Factors"})
    assert again == asked
    kinds = {"playoffs": "Playoffs", "play_in": "PlayIn", "preseason": "Pre Season", "all_star": "All Star"}
    for ours, theirs in kinds.items():
        assert table.params_for(FIELDS | {"season_type": ours})["SeasonType"] == theirs
    table.check(as_page(document("team_stats")), want_of("team_stats", season_type="Regular Season"))


@pytest.mark.parametrize(
    ("game_id", "season", "kind"),
    [
        ("0022400561", "2024-25", "Regular Season"),
        ("0042300405", "2023-24", "Playoffs"),
        ("0029900017", "1999-00", "Regular Season"),
        ("0024600001", "1946-47", "Regular Season"),
    ],
)
def test_the_id_of_a_game_says_its_season(game_id, season, kind):
    asked = scraper("shot_chart").params_for({"game_id": game_id, "team_id": "7"})
    assert (asked["Season"], asked["SeasonType"], asked["GameID"]) == (season, kind, game_id)
