"""nba.com's listings, box scores and plays as rows of tables: V3, V2 and those of cdn.nba.com."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adce_async.model.lake_tables import RESULTS, Row, Rows, filled
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.declarative import dig
from adce_async.scraping.table_rows import integer, listed, minutes_of, renamed, results, seconds_of
from adce_async.sources.nba_api import ids
from adce_async.sources.nba_api.envelope import tables

_V3 = {
    "fieldGoalsMade": "field_goals_made", "fieldGoalsAttempted": "field_goals_attempted",
    "threePointersMade": "three_pointers_made", "threePointersAttempted": "three_pointers_attempted",
    "freeThrowsMade": "free_throws_made", "freeThrowsAttempted": "free_throws_attempted",
    "reboundsOffensive": "offensive_rebounds", "reboundsDefensive": "defensive_rebounds", "reboundsTotal": "rebounds",
    "assists": "assists", "steals": "steals", "blocks": "blocks", "turnovers": "turnovers", "foulsPersonal": "fouls",
    "points": "points",
}  # fmt: skip
V2 = {
    "FGM": "field_goals_made", "FGA": "field_goals_attempted", "FG3M": "three_pointers_made",
    "FG3A": "three_pointers_attempted", "FTM": "free_throws_made", "FTA": "free_throws_attempted",
    "OREB": "offensive_rebounds", "DREB": "defensive_rebounds", "REB": "rebounds", "AST": "assists", "STL": "steals",
    "BLK": "blocks", "TO": "turnovers", "TOV": "turnovers", "PF": "fouls", "PTS": "points",
}  # fmt: skip
"""Columns of V2 and of tables of seasons -> ours."""
_KINDS = {
    1: "Made Shot", 2: "Missed Shot", 3: "Free Throw", 4: "Rebound", 5: "Turnover", 6: "Foul", 7: "Violation",
    8: "Substitution", 9: "Timeout", 10: "Jump Ball", 11: "Ejection", 12: "period", 13: "period",
    18: "Instant Replay",
}  # fmt: skip
"""`EVENTMSGTYPE` of V2 in the words of V3."""


def listing(scraper: Scraper, page: Page, want: Want) -> Rows:
    """The games of a scoreboard or a schedule."""
    return listed(scraper, page, want)


def box_score(scraper: Scraper, page: Page, want: Want) -> Rows:
    """Teams and players of one game, in any of the three shapes."""
    facts = scraper.facts(page, want)
    body = page.json()
    if not facts:
        return {}
    game = {"game_id": facts[0].game_id, "home": facts[0].home.team, "away": facts[0].away.team}
    if "resultSets" in body:
        teams, players = _box_v2(body, game["home"])
    else:
        box = body["game"] if "game" in body else next(v for v in body.values() if dig(v, "homeTeam.players"))
        teams, players = list(_teams(box)), list(_players(box))
    found = {"team_box_scores": filled(teams, **game), "player_box_scores": filled(players, **game)}
    return found | {RESULTS: results(facts)}


def play_by_play(scraper: Scraper, page: Page, want: Want) -> Rows:
    """Each play of one game, in any of the three shapes. A score that stands only where it changes is not filled in."""
    facts = scraper.facts(page, want)
    body = page.json()
    game: Row = {"home": facts[0].home.team, "away": facts[0].away.team} if facts else {}
    if "resultSets" in body:
        table = tables(body)["PlayByPlay"]
        game["game_id"] = str(table.column("GAME_ID")[0])
        plays = [_play_v2(number, row) for number, row in enumerate(table.records(), start=1)]
    else:
        game["game_id"] = str(dig(body, "game.gameId"))
        plays = [_play(number, action) for number, action in enumerate(dig(body, "game.actions"), start=1)]
    return {"plays": filled(plays, **game), RESULTS: results(facts)}


def _sides(box: Any) -> Iterator[tuple[str, bool, Any]]:
    for name, is_home in (("homeTeam", True), ("awayTeam", False)):
        side = dig(box, name)
        yield ids.team(dig(side, "teamTricode")), is_home, side


def _teams(box: Any) -> Iterator[Row]:
    for team, is_home, side in _sides(box):
        numbers = dig(side, "statistics") or {}
        line = {"minutes": minutes_of(numbers.get("minutes")), **renamed(numbers, _V3)}
        yield {"team": team, "is_home": is_home, **line}


def _players(box: Any) -> Iterator[Row]:
    for team, is_home, side in _sides(box):
        for number, player in enumerate(dig(side, "players") or ()):
            yield {"team": team, "is_home": is_home, **_player(player, number)}


def _player(player: Any, number: int) -> Row:
    """V3 says who started by a position, or by the order: starters stand first; cdn.nba.com says it."""
    numbers = dig(player, "statistics") or {}
    minutes = minutes_of(numbers.get("minutes"))
    played = str(player["played"]) == "1" if "played" in player else bool(minutes)
    starter = str(player["starter"]) == "1" if "starter" in player else bool(player.get("position")) and number < 5
    name = player.get("name") or f"{player.get('firstName') or ''} {player.get('familyName') or ''}".strip()
    row: Row = {"player_id": str(player.get("personId")), "player": name, "starter": starter, "played": played}
    if not played:
        return row
    return row | {"minutes": minutes, "plus_minus": integer(numbers.get("plusMinusPoints")), **renamed(numbers, _V3)}


def _box_v2(body: Mapping[str, Any], home: str) -> tuple[list[Row], list[Row]]:
    found = tables(body)
    teams = [_line_v2(row, home) for row in found["TeamStats"].records()]
    players = []
    for row in found["PlayerStats"].records():
        line = _line_v2(row, home)
        played = bool(line["minutes"])
        who = {
            "player_id": str(row.get("PLAYER_ID")),
            "player": row.get("PLAYER_NAME"),
            "starter": bool(row.get("START_POSITION")),
            "played": played,
        }
        kept = line | {"plus_minus": integer(row.get("PLUS_MINUS"))} if played else {}
        players.append({"team": line["team"], "is_home": line["is_home"], **kept, **who})
    return teams, players


def _line_v2(row: Mapping[str, Any], home: str) -> Row:
    team = ids.team(row.get("TEAM_ABBREVIATION"))
    numbers = {ours: integer(row[theirs]) for theirs, ours in V2.items() if theirs in row}
    return {"team": team, "is_home": team == home, "minutes": minutes_of(row.get("MIN")), **numbers}


def _play(number: int, action: Any) -> Row:
    player = action.get("personId") or None
    return {
        "number": number,
        "play_id": _text(action.get("actionNumber")),
        "period": integer(action.get("period")),
        "clock": seconds_of(action.get("clock")),
        "team": ids.team(action.get("teamTricode")) or None,
        "player_id": _text(player),
        "player": (action.get("playerName") or None) if player else None,
        "kind": " ".join(filter(None, (action.get("actionType"), action.get("subType")))) or None,
        "description": action.get("description"),
        "home_score": integer(action.get("scoreHome")),
        "away_score": integer(action.get("scoreAway")),
    }


def _play_v2(number: int, row: Mapping[str, Any]) -> Row:
    """`SCORE` is `away - home`."""
    away, _, home = str(row.get("SCORE") or "").partition(" - ")
    told = (row.get(f"{side}DESCRIPTION") for side in ("HOME", "NEUTRAL", "VISITOR"))
    player = row.get("PLAYER1_ID") if row.get("PLAYER1_NAME") else None
    return {
        "number": number,
        "play_id": _text(row.get("EVENTNUM")),
        "period": integer(row.get("PERIOD")),
        "clock": seconds_of(row.get("PCTIMESTRING")),
        "team": ids.team(row.get("PLAYER1_TEAM_ABBREVIATION")) or None,
        "player_id": _text(player),
        "player": row.get("PLAYER1_NAME"),
        "kind": _KINDS.get(integer(row.get("EVENTMSGTYPE")) or 0),
        "description": " / ".join(filter(None, told)) or None,
        "home_score": integer(home),
        "away_score": integer(away),
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
