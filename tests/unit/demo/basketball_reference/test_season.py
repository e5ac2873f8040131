"""Pages of a season: the rows follow from the games that are over."""

from __future__ import annotations

import datetime as dt

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from adce_async.demo.basketball_reference.season import (
    advanced_page,
    per_game_page,
    standings_page,
    summary_page,
    totals_page,
)
from adce_async.demo.league import TEAMS, League
from adce_async.demo.season import finished, records, totals

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
GAMES = finished(LEAGUE, 2025, float("inf"))
TOTALS = totals(GAMES)


def rows(body: bytes) -> list[LexborNode]:
    """Rows of players, without headings repeated among them."""
    return [row for row in LexborHTMLParser(body).css("table tbody tr") if row.attributes.get("class") != "thead"]


def numbers(row: LexborNode) -> dict[str, str]:
    return {str(cell.attributes["data-stat"]): cell.text() for cell in row.css("[data-stat]")}


@pytest.mark.parametrize("make", [totals_page, per_game_page, advanced_page])
def test_each_player_who_has_played_has_a_row(make) -> None:
    found = rows(make(2025, TOTALS))
    named = [str(row.css("[data-append-csv]")[0].attributes["data-append-csv"]) for row in found]
    assert sorted(named) == sorted(player.bbref_id for player in TOTALS)


def test_points_of_all_players_are_those_of_all_games() -> None:
    points = [int(numbers(row)["pts"]) for row in rows(totals_page(2025, TOTALS))]
    assert sum(points) == sum(game.home_points + game.away_points for game in GAMES)


@pytest.mark.parametrize("make", [summary_page, standings_page])
def test_each_team_is_in_the_standings_once(make) -> None:
    tree = LexborHTMLParser(make(2025, records(GAMES)))
    linked = [str(link.attributes["href"]) for link in tree.css("table a")]
    assert sorted(linked) == sorted(f"/teams/{team.bbref}/2025.html" for team in TEAMS)
    won = [int(cell.text()) for cell in tree.css('td[data-stat="wins"]')]
    lost = [int(cell.text()) for cell in tree.css('td[data-stat="losses"]')]
    assert (len(won), sum(won), sum(lost)) == (30, len(GAMES), len(GAMES))
