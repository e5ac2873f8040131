"""nba.com: rotations and shot charts of a game."""

from __future__ import annotations

import orjson
import pytest

from adce_async.errors import NotYetError, RefusedError, ScrapeError, UnreadableError
from adce_async.model.facts import GameFacts
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.nba_api"]).scrapers

GAME, OTHER = "0022400561", "0022400562"


def scraper(name: str) -> Scraper:
    return make_scraper(f"nba_api_{name}", ENTRIES[f"nba_api_{name}"])


def as_page(document: object) -> Page:
    return Page("https://stats.nba.com/x", document if isinstance(document, bytes) else orjson.dumps(document))


def game(game_id: str = GAME, **fields: str) -> Want:
    return Want(f"{game_id}.json", "x", {"game_id": game_id, **fields})


def refused(name: str, document: object, want: Want | None = None, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(as_page(document), want or game())
    assert type(caught.value) in (error, UnreadableError), caught.value
    assert caught.value.status == 200
    return caught.value.reason


def accepted(name: str, document: object, want: Want | None = None) -> tuple[GameFacts, ...]:
    scraper(name).check(as_page(document), want or game())
    return scraper(name).facts(as_page(document), want or game())


def result_sets(said: dict, **sets: tuple) -> dict:
    return {
        "resource": "x",
        "parameters": said,
        "resultSets": [
            {"name": n, "headers": list(h), "rowSet": [list(r) for r in rows]} for n, (h, rows) in sets.items()
        ],
    }


def rotation(out: float = 28800.0, game_id: str = GAME) -> dict:
    columns, rows = ("GAME_ID", "OUT_TIME_REAL"), [(game_id, 7200.0), (game_id, out)]
    return result_sets({"GameID": game_id, "LeagueID": "00"}, AwayTeam=(columns, rows), HomeTeam=(columns, rows))


def test_a_rotation_lasts_to_the_end():
    accepted("game_rotation", rotation())
    accepted("game_rotation", rotation(31800.0))
    accepted("game_rotation", rotation(14400.0, "0012400001"), game("0012400001"))
    assert "24 minutes" in refused("game_rotation", rotation(14400.0), error=NotYetError)
    refused("game_rotation", rotation(), game(OTHER))
    one_team = rotation()
    one_team["resultSets"][0]["rowSet"] = []
    assert "AwayTeam: expected rows" in refused("game_rotation", one_team)


def shots(period: int = 4, team: int = 7, **said: object) -> dict:
    asked = {"GameID": GAME, "TeamID": 7, "LeagueID": "00", "Season": "2024-25", "SeasonType": "Regular Season"}
    rows = [(GAME, team, 1), (GAME, team, period)]
    return result_sets(
        asked | said, Shot_Chart_Detail=(("GAME_ID", "TEAM_ID", "PERIOD"), rows), LeagueAverages=((), [])
    )


@pytest.mark.parametrize("name", ["shot_chart", "shot_chart_short"])
def test_shots_are_of_one_team_in_one_game(name):
    want = game(team_id="7")
    accepted(name, shots(), want)
    accepted(name, shots(), game(team_id="7", season="2024-25", season_type="regular"))
    refused(name, shots(), game(team_id="8"))
    assert "TEAM_ID" in refused(name, shots(team=8), want)
    assert "SeasonType" in refused(name, shots(SeasonType="Playoffs"), want)
    assert "Season" in refused(name, shots(Season="2023-24"), want)
    assert "period 2" in refused(name, shots(period=2), want, NotYetError)
    empty = shots()
    empty["resultSets"][0]["rowSet"] = []
    assert "expected rows" in refused(name, empty, want)
