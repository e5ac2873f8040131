"""Basketball-Reference's pages as rows of tables. An empty cell is null: not recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from adce_async.model.lake_tables import RESULTS, Row, Rows, filled
from adce_async.model.seasons import season_of_day
from adce_async.model.teams import canonical_team
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.table_rows import integer, listed, minutes_of, results, seconds_of
from adce_async.sources.basketball_reference.games import basic_tables
from adce_async.sources.basketball_reference.pages import (
    NAME,
    cell,
    day_of_game,
    linked_player,
    linked_team,
    table,
    text,
)

_STATS = {
    "fg": "field_goals_made", "fga": "field_goals_attempted", "fg3": "three_pointers_made",
    "fg3a": "three_pointers_attempted", "ft": "free_throws_made", "fta": "free_throws_attempted",
    "orb": "offensive_rebounds", "drb": "defensive_rebounds", "trb": "rebounds", "ast": "assists", "stl": "steals",
    "blk": "blocks", "tov": "turnovers", "pf": "fouls", "pts": "points",
}  # fmt: skip
_STARTERS = 5
_PERIODS = {"q": 0, "ot": 4}
_TOTALS = {"regular": ("totals_stats", "totals"), "playoffs": ("totals_stats_post", "totals_post")}
_SEVERAL_TEAMS = "TOT"


def listing(scraper: Scraper, page: Page, want: Want) -> Rows:
    """The games of a schedule, under the codes that all sources share."""
    made = listed(scraper, page, want)
    for row in made["schedules"]:
        for side in ("home", "away"):
            if row[side]:
                row[side] = canonical_team(NAME, row[side], row["season"])
    return made


def box_score(scraper: Scraper, page: Page, want: Want) -> Rows:
    """Teams and players of one game, from the basic tables of the whole game."""
    facts = scraper.facts(page, want)
    if not facts:
        return {}
    game = {"game_id": facts[0].game_id, "home": facts[0].home.team, "away": facts[0].away.team}
    season = season_of_day(day_of_game(facts[0].game_id))
    teams: list[Row] = []
    players: list[Row] = []
    for code, found in page.once(basic_tables).items():
        team = canonical_team(NAME, code, season)
        side = {"team": team, "is_home": team == canonical_team(NAME, facts[0].game_id[9:], season)}
        if total := found.css_first("tfoot > tr"):
            teams.append({**side, **_line(total)})
        players += filled(_players(found), **side)
    made = {"team_box_scores": filled(teams, **game), "player_box_scores": filled(players, **game)}
    return made | {RESULTS: results(facts)}


def play_by_play(scraper: Scraper, page: Page, want: Want) -> Rows:
    """Each row of the table with a clock: the visitors' plays stand left of the score, the home team's right of it."""
    facts = scraper.facts(page, want)
    game: Row = {"game_id": want.fields["game_id"]}
    if facts:
        game |= {"home": facts[0].home.team, "away": facts[0].away.team}
    plays = list(_plays(table(page, "pbp"), game.get("home"), game.get("away")))
    return {"plays": filled(plays, **game), RESULTS: results(facts)}


def season_totals(_scraper: Scraper, page: Page, want: Want) -> Rows:
    """Totals of each player and team of a season, and of the playoffs where the page has them."""
    rows: list[Row] = []
    season = want.fields.get("season")
    for season_type, names in _TOTALS.items():
        if (found := table(page, *names)) is not None:
            rows += filled(_totals(found, season), season_type=season_type)
    return {"season_totals": rows}


def plays_of(found: LexborNode) -> list[LexborNode]:
    """The rows of the table that are plays: headings and lines of columns are none."""
    return [
        row for row in found.css("tr") if "thead" not in (row.attributes.get("class") or "") and row.css_first("td")
    ]


def _players(found: LexborNode) -> Iterator[Row]:
    """Those who did not play have a cell with the reason instead of numbers; starters stand above the first heading."""
    for number, row in enumerate(found.css("tbody > tr:not(.thead)")):
        named = cell(row, "player")
        link = named.css_first("a") if named else None
        if named is None or link is None:
            continue
        played = cell(row, "reason") is None and bool(text(cell(row, "mp")) or text(cell(row, "pts")))
        who = {"player_id": linked_player(link), "player": text(named), "starter": number < _STARTERS, "played": played}
        plus = {"plus_minus": integer(text(cell(row, "plus_minus")))}
        yield {**who, **(_line(row) | plus if played else {})}


def _line(row: LexborNode) -> Row:
    numbers: dict[str, Any] = {ours: integer(text(cell(row, theirs))) for theirs, ours in _STATS.items()}
    return {"minutes": minutes_of(text(cell(row, "mp"))), **numbers}


def _plays(found: LexborNode | None, home: str | None, away: str | None) -> Iterator[Row]:
    period, number = 0, 0
    for row in found.css("tr") if found else ():
        if "thead" in (row.attributes.get("class") or ""):
            period = _period(row.attributes.get("id") or "") or period
            continue
        cells = row.css("td")
        if not cells:
            continue
        number += 1
        yield {"number": number, "period": period, "clock": seconds_of(text(cells[0])), **_play(cells, home, away)}


def _period(name: str) -> int:
    """`q1`, `q4`; an overtime is `q5` or `ot1`.

    >>> _period("q4"), _period("q5"), _period("ot2"), _period("")
    (4, 5, 6, 0)
    """
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    return _PERIODS[letters] + int(digits) if letters in _PERIODS and digits else 0


def _play(cells: list[LexborNode], home: str | None, away: str | None) -> Row:
    if len(cells) < 6:
        told = cells[-1] if len(cells) > 1 else None
        return {"description": _words(told), **_named(told)}
    visitors, hosts = cells[1], cells[5]
    ours = hosts if _words(hosts) else visitors
    points = text(cells[3]).split("-")
    scored = len(points) == 2
    return {
        "team": home if ours is hosts else away,
        "description": _words(ours),
        "away_score": integer(points[0]) if scored else None,
        "home_score": integer(points[1]) if scored else None,
        **_named(ours),
    }


def _words(node: LexborNode | None) -> str | None:
    return (" ".join(node.text().split()) or None) if node else None


def _named(node: LexborNode | None) -> Row:
    for link in node.css("a") if node else ():
        if player := linked_player(link):
            return {"player_id": player, "player": text(link)}
    return {}


def _totals(found: LexborNode, season: str | None) -> Iterator[Row]:
    for row in found.css("tbody > tr:not(.thead)"):
        named = cell(row, "name_display", "player")
        link = named.css_first('a[href*="/players/"]') if named else None
        if named is None or link is None:
            continue
        of = cell(row, "team_name_abbr", "team_id")
        code = linked_team(of) or text(of)
        several = code == _SEVERAL_TEAMS or code[1:] == "TM"
        yield {
            "player_id": linked_player(link),
            "player": text(link),
            "team": None if several or not code else canonical_team(NAME, code, season),
            "age": integer(text(cell(row, "age"))),
            "games": integer(text(cell(row, "games", "g"))),
            "games_started": integer(text(cell(row, "games_started", "gs"))),
            **_line(row),
        }
