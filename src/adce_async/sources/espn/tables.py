"""ESPN's summaries and scoreboards as rows of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adce_async.model.lake_tables import RESULTS, Row, Rows, filled
from adce_async.model.teams import canonical_team
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.declarative import dig
from adce_async.scraping.table_rows import integer, listed, minutes_of, results, seconds_of, shots
from adce_async.sources.espn.facts import whole
from adce_async.sources.espn.parts import rows

PARTS: Mapping[str, tuple[str, ...]] = {
    "win_prob": (),
    "play_by_play": ("plays",),
    "pbp": ("plays",),
    "team": ("team_box_scores",),
    "box": ("team_box_scores", "player_box_scores"),
    "player": ("player_box_scores",),
}
"""What a data type's name holds -> the tables that it fills; any other name means all of them, as for its check."""
_SHOTS = {"FG": "field_goals", "3PT": "three_pointers", "FT": "free_throws"}
_COUNTS = {
    "OREB": "offensive_rebounds", "DREB": "defensive_rebounds", "REB": "rebounds", "AST": "assists", "STL": "steals",
    "BLK": "blocks", "TO": "turnovers", "PF": "fouls", "PTS": "points", "+/-": "plus_minus",
}  # fmt: skip
_TEAM_SHOTS = {
    "fieldGoalsMade-fieldGoalsAttempted": "field_goals",
    "threePointFieldGoalsMade-threePointFieldGoalsAttempted": "three_pointers",
    "freeThrowsMade-freeThrowsAttempted": "free_throws",
}
_TEAM_COUNTS = {
    "offensiveRebounds": "offensive_rebounds", "defensiveRebounds": "defensive_rebounds", "totalRebounds": "rebounds",
    "assists": "assists", "steals": "steals", "blocks": "blocks", "turnovers": "turnovers", "fouls": "fouls",
}  # fmt: skip
_SEASON_TYPES = {"1": "preseason", "2": "regular", "3": "playoffs", "5": "play_in"}


def summary(scraper: Scraper, page: Page, want: Want) -> Rows:
    """Box score and plays of one game, as far as the data type is of them."""
    body = page.json()
    inner = body.get("gamepackageJSON")
    body = inner if isinstance(inner, dict) else body
    facts = scraper.facts(page, want)
    if not facts:
        return {}
    game = {"game_id": facts[0].game_id, "home": facts[0].home.team, "away": facts[0].away.team}
    points = {True: facts[0].home.points, False: facts[0].away.points}
    sides = {
        str(dig(one, "team.id") or dig(one, "id")): str(dig(one, "homeAway")) == "home"
        for one in rows(body, "header.competitions.0.competitors")
    }
    makers = {
        "team_box_scores": lambda: list(_teams(body, sides, points)),
        "player_box_scores": lambda: list(_players(body, sides)),
        "plays": lambda: list(_plays(body, sides)),
    }
    made = {name: filled(makers[name](), **game) for name in tables_of(want.data_type)}
    for row in (row for several in made.values() for row in several):
        at_home = row["is_home"] if "is_home" in row else row.pop("at_home")
        row["team"] = None if at_home is None else game["home"] if at_home else game["away"]
    return made | {RESULTS: results(facts)}


def tables_of(data_type: str) -> tuple[str, ...]:
    """The tables that summaries under the name of `data_type` fill.

    >>> tables_of("espn_pbp"), tables_of("win_probability"), tables_of("summary")
    (('plays',), (), ('team_box_scores', 'player_box_scores', 'plays'))
    """
    name = data_type.lower()
    known = next((tables for part, tables in PARTS.items() if part in name), None)
    return ("team_box_scores", "player_box_scores", "plays") if known is None else known


def listing(scraper: Scraper, page: Page, want: Want) -> Rows:
    """The games of a scoreboard. Its numbers of season types are put into words."""
    made = listed(scraper, page, want)
    for row in made["schedules"]:
        row["season_type"] = _SEASON_TYPES.get(str(row["season_type"]), row["season_type"])
        for side in ("home", "away"):
            if row[side]:
                row[side] = canonical_team("espn", row[side], row["season"])
    return made


def _teams(body: Any, sides: Mapping[str, bool], points: Mapping[bool, int | None]) -> Iterator[Row]:
    for team in rows(body, "boxscore.teams"):
        is_home = sides.get(str(dig(team, "team.id")))
        row: Row = {"is_home": is_home, "points": None if is_home is None else points[is_home]}
        for one in rows(team, "statistics"):
            name, value = str(dig(one, "name")), dig(one, "displayValue")
            if name in _TEAM_SHOTS:
                row |= shots(value, _TEAM_SHOTS[name])
            elif name in _TEAM_COUNTS:
                row[_TEAM_COUNTS[name]] = integer(value)
        yield row


def _players(body: Any, sides: Mapping[str, bool]) -> Iterator[Row]:
    for team in rows(body, "boxscore.players"):
        is_home = sides.get(str(dig(team, "team.id")))
        table = dig(team, "statistics.0")
        labels = [str(label) for label in rows(table, "labels") or rows(table, "names")]
        for athlete in rows(table, "athletes"):
            yield {"is_home": is_home, **_player(athlete, labels)}


def _player(athlete: Any, labels: list[str]) -> Row:
    numbers = dict(zip(labels, rows(athlete, "stats"), strict=False))
    row: Row = {
        "player_id": _text(dig(athlete, "athlete.id")),
        "player": dig(athlete, "athlete.displayName"),
        "starter": dig(athlete, "starter") is True,
        "played": bool(numbers) and dig(athlete, "didNotPlay") is not True,
    }
    if not row["played"]:
        return row
    row["minutes"] = minutes_of(numbers.get("MIN"))
    for label, name in _SHOTS.items():
        row |= shots(numbers.get(label), name)
    return row | {name: integer(numbers.get(label)) for label, name in _COUNTS.items()}


def _plays(body: Any, sides: Mapping[str, bool]) -> Iterator[Row]:
    for number, play in enumerate(rows(body, "plays"), start=1):
        yield {
            "number": number,
            "play_id": _text(dig(play, "id")),
            "period": integer(dig(play, "period.number")),
            "clock": seconds_of(dig(play, "clock.displayValue")),
            "at_home": sides.get(str(dig(play, "team.id"))),
            "player_id": _text(dig(play, "participants.0.athlete.id")),
            "kind": dig(play, "type.text"),
            "description": dig(play, "text"),
            "home_score": whole(dig(play, "homeScore")),
            "away_score": whole(dig(play, "awayScore")),
        }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
