"""What all players of a season have come to (`leaguedashplayerstats`), as rows of tables."""

from __future__ import annotations

from typing import Any

from adce_async.model.lake_tables import Row, Rows
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.table_rows import integer, minutes_of
from adce_async.sources.nba_api import ids
from adce_async.sources.nba_api.envelope import parameters, tables
from adce_async.sources.nba_api.tables_of_games import V2

_WORDS = {words: name for name, words in reversed(list(ids.SEASON_TYPES.items()))}
"""nba.com's `SeasonType` -> ours."""
_WHOLE = frozenset({"LeagueID", "Season", "SeasonType", "PerMode", "MeasureType", "PaceAdjust", "PlusMinus", "Rank"})
"""Parameters that leave a table of a season whole; each other one, unless blank, is a filter."""
_BLANK = (None, "", 0, "0")


def season_totals(scraper: Scraper, page: Page, _want: Want) -> Rows:
    """Totals of each player; nothing if the numbers are per game, of another kind, or of some of the games only.

    A player who was traded has one row, under the team that he ended the season with, which counts all his games.
    """
    said = parameters(page.json())
    if said.get("PerMode") not in (None, "Totals") or said.get("MeasureType") not in (None, "Base"):
        return {}
    if any(value not in _BLANK for name, value in said.items() if name not in _WHOLE):
        return {}
    season_type = _WORDS.get(str(said.get("SeasonType")))
    found = tables(page.json())[scraper.endpoint.sets[0]]  # type: ignore[attr-defined]  # an NbaTable
    return {"season_totals": [_line(row) | {"season_type": season_type} for row in found.records()]}


def _line(row: dict[str, Any]) -> Row:
    return {
        "player_id": str(row.get("PLAYER_ID")),
        "player": row.get("PLAYER_NAME"),
        "team": ids.team(row.get("TEAM_ABBREVIATION")) or None,
        "age": integer(row.get("AGE")),
        "games": integer(row.get("GP")),
        "minutes": minutes_of(row.get("MIN")),
        **{ours: integer(row[theirs]) for theirs, ours in V2.items() if theirs in row},
    }
