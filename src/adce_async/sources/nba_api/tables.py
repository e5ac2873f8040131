"""Tables of stats.nba.com: seasons, teams, players, and those of games that have no shape of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from adce_async.errors import FixMeError, NotYetError, RefusedError
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.base import Page, Want
from adce_async.scraping.blocked import judging
from adce_async.sources.nba_api import ids
from adce_async.sources.nba_api.base import NbaScraper
from adce_async.sources.nba_api.endpoints import BY_PATH, Empty, Endpoint
from adce_async.sources.nba_api.envelope import Table, number, opened, refuse_disagreement, tables

_LAST_OUT = 27_000
"""Tenths of a second: 45 minutes. Nobody of a whole game goes out for the last time before."""
_QUARTERS = 4


class NbaTable(NbaScraper):
    """Any table. What must be in it is said by its entry in `endpoints`, found by the last part of its URL."""

    def __init__(self, name: str, source: str, url: str = "", params: Mapping[str, str] | None = None) -> None:
        """Raises FixMeError for a URL that `endpoints` does not know."""
        super().__init__(name, source, url, params)
        path = urlsplit(url).path.rpartition("/")[2]
        if path not in BY_PATH:
            raise FixMeError(f"url: {url!r} is no endpoint of stats.nba.com that is known; use a declarative check")
        self.endpoint: Endpoint = BY_PATH[path]

    def check(self, page: Page, want: Want) -> None:
        """The table asked for: the parameters it repeats, its result sets, its rows."""
        with judging(page, html_due=False):
            body = opened(page)
            refuse_disagreement(body, self.asked(want.fields))
            found = tables(body)
            for name in self.endpoint.sets:
                if name not in found:
                    raise RefusedError(f"resultSets: expected {name}, found {', '.join(found)[:100] or 'none'}")
            first = found[self.endpoint.sets[0]]
            if not first.rows:
                self._refuse_empty(want)
            else:
                self._refuse_other_rows(first, want)
                self.check_rows(found, want)

    def check_rows(self, found: Mapping[str, Table], want: Want) -> None:
        """What else the rows of a kind of table have to be; called if there are rows."""

    def discover(self, page: Page, want: Want) -> Discovery | None:
        """The teams or players that the table names, each once."""
        columns = self.endpoint.names
        if not columns:
            return None
        table = tables(page.json())[self.endpoint.sets[0]]
        values = [table.column(column) for column in columns.values()]
        rows = dict.fromkeys(tuple(map(str, row)) for row in zip(*values, strict=True) if all(row))
        return Discovery(tuple(Item(dict(zip(columns, row, strict=True))) for row in rows))

    def _refuse_empty(self, want: Want) -> None:
        match self.endpoint.empty:
            case Empty.LEGAL:
                return
            case Empty.EARLY:
                if self.url_fields(want.fields).get("season_type") == ids.SEASON_TYPES["regular"]:
                    raise NotYetError(f"{self.endpoint.sets[0]}: no rows yet")
            case Empty.REFUSED:
                raise RefusedError(f"{self.endpoint.sets[0]}: expected rows, found none")

    def _refuse_other_rows(self, table: Table, want: Want) -> None:
        """A filter that the server ignored shows in the rows, if not in the parameters."""
        fields = self.url_fields(want.fields)
        for column, name in self.endpoint.rows.items():
            if name not in fields:
                continue
            for value in table.distinct(column):
                if str(value) != fields[name]:
                    raise RefusedError(f"{column}: expected {fields[name]!r} in each row, found {value!r:.100}")


class NbaGameRotation(NbaTable):
    """When each player of a finished game (field `game_id`) was on the court."""

    def check_rows(self, found: Mapping[str, Table], want: Want) -> None:
        """Both teams, to the end of the game."""
        for name in self.endpoint.sets:
            table = found[name]
            if not table.rows:
                raise RefusedError(f"{name}: expected rows, found none")
            outs = [out for out in table.column("OUT_TIME_REAL") if isinstance(out, int | float)]
            if max(outs, default=0) < _LAST_OUT and _is_of_record(want):
                raise NotYetError(f"{name}: nobody is on the court after {max(outs, default=0) / 600:g} minutes")


class NbaShotChart(NbaTable):
    """Each shot of one team (field `team_id`) in a finished game (field `game_id`)."""

    def check_rows(self, found: Mapping[str, Table], want: Want) -> None:
        """Shots in the last quarter, too."""
        last = max((number(one) or 0 for one in found[self.endpoint.sets[0]].column("PERIOD")), default=0)
        if last < _QUARTERS and _is_of_record(want):
            raise NotYetError(f"PERIOD: the last shot is in period {last}")


class NbaGameLog(NbaTable):
    """All games played in a season: a row for each team, or for each player, of each game.

    Which side was at home is read from `vs.` and `@` in the two matchups. In games on neutral ground both rows have
    the same sign: they are named without home and away.
    """

    version: ClassVar[str] = "2"

    def check_rows(self, found: Mapping[str, Table], want: Want) -> None:
        """Games of the NBA, of the season asked for."""
        table = found[self.endpoint.sets[0]]
        season = self.url_fields(want.fields).get("season")
        for game_id in table.distinct("GAME_ID"):
            if not ids.is_game_id(game_id):
                raise RefusedError(f"GAME_ID: expected ids of the NBA, ten digits as text, found {game_id!r:.100}")
            if season is not None and ids.season_of(game_id) != season:
                raise RefusedError(f"GAME_ID: expected games of {season}, found {game_id}")

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date`, `season`, `season_type` and, where it is said, `home` and `away`."""
        return Discovery(tuple(_logged(game_id, rows) for game_id, rows in self._games(page).items()))

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Points by team, or the sums of the players' points, of each game whose home team is said."""
        facts = (self._facts(game_id, rows) for game_id, rows in self._games(page).items())
        return tuple(one for one in facts if one is not None)

    def _games(self, page: Page) -> dict[str, list[dict[str, Any]]]:
        games: dict[str, list[dict[str, Any]]] = {}
        for row in tables(page.json())[self.endpoint.sets[0]].records():
            games.setdefault(str(row.get("GAME_ID")), []).append(row)
        return games

    def _facts(self, game_id: str, rows: list[dict[str, Any]]) -> GameFacts | None:
        home, away = _sides(rows)
        if not home or not away or _state(game_id, rows) is not ItemState.FINAL:
            return None
        by_player = "PLAYER_ID" in rows[0]

        def side(team: str) -> SideFacts:
            points = [number(row.get("PTS")) for row in rows if ids.team(row.get("TEAM_ABBREVIATION")) == team]
            total = None if None in points else sum(filter(None, points))
            return SideFacts(team, player_points=total) if by_player else SideFacts(team, points=total)

        date = str(rows[0].get("GAME_DATE"))[:10]
        return GameFacts(game_id, date, side(home), side(away), final=True, season_type=ids.season_type_of(game_id))


def _logged(game_id: str, rows: list[dict[str, Any]]) -> Item:
    home, away = _sides(rows)
    fields = {
        "game_id": game_id,
        "date": str(rows[0].get("GAME_DATE"))[:10],
        "season": ids.season_of(game_id),
        "season_type": ids.season_type_of(game_id),
        "home": home,
        "away": away,
    }
    state = _state(game_id, rows)
    points = [number(row.get("PTS")) for row in rows]
    scored = state is ItemState.LIVE and None not in points and any(points)
    return Item({name: value for name, value in fields.items() if value}, state, scored=scored)


def _state(game_id: str, rows: list[dict[str, Any]]) -> ItemState:
    """A game is in the log while it is played, without a winner; some All-Star games never get one."""
    decided = all(row.get("WL") in ("W", "L") for row in rows)
    return ItemState.FINAL if decided or ids.season_type_of(game_id) == "all_star" else ItemState.LIVE


def _sides(rows: list[dict[str, Any]]) -> tuple[str, str]:
    """Home and away, if the matchups of both teams agree on them; else two empty texts."""
    signs: dict[str, bool] = {}
    for row in rows:
        matchup = str(row.get("MATCHUP"))
        if team := ids.team(row.get("TEAM_ABBREVIATION")):
            signs[team] = " vs. " in matchup
    home = [team for team, at_home in signs.items() if at_home]
    away = [team for team, at_home in signs.items() if not at_home]
    return (home[0], away[0]) if home and away else ("", "")


def _is_of_record(want: Want) -> bool:
    game_id = want.fields.get("game_id", "")
    return ids.is_game_id(game_id) and ids.season_type_of(game_id) in ids.OF_RECORD
