"""Tables of stats.nba.com: seasons, teams, players, and those of games that have no shape of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from string import Formatter
from typing import Any, ClassVar
from urllib.parse import urlsplit

from adce_async.errors import FixMeError, NotYetError, RefusedError
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.seasons import given_by
from adce_async.scraping.base import Page, Want
from adce_async.scraping.blocked import judging
from adce_async.sources.nba_api import ids
from adce_async.sources.nba_api.base import NbaScraper, expect_game_of_key, expect_season_of_game
from adce_async.sources.nba_api.endpoints import BY_PATH, Empty, Endpoint
from adce_async.sources.nba_api.envelope import Table, day_of, number, opened, refuse_disagreement, tables

_LAST_OUT = 27_000
"""Tenths of a second: 45 minutes. Nobody of a whole game goes out for the last time before."""
_QUARTERS = 4
_FIXED = frozenset({"GameID", "LeagueID", "RunType"})
"""Parameters that are what they are: other leagues are not collected, and leaguegamefinder ignores `GameID`."""
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class NbaTable(NbaScraper):
    """Any table. What must be in it is said by its entry in `endpoints`, found by the last part of its URL.

    Each parameter that is fixed there can be a field of the key, too, under its name in snake case (`TeamID: team_id`,
    `PerMode: per_mode`, `DateFrom: date_from`): then it is asked for, and must be repeated. What `_FIXED` names can't.
    """

    version: ClassVar[str] = "2"
    blank_fields = True

    def __init__(self, name: str, source: str, url: str = "", params: Mapping[str, str] | None = None) -> None:
        """Raises FixMeError for a URL that `endpoints` does not know."""
        super().__init__(name, source, url, params)
        path = urlsplit(url).path.rpartition("/")[2]
        if path not in BY_PATH:
            raise FixMeError(f"url: {url!r} is no endpoint of stats.nba.com that is known; use a declarative check")
        self.endpoint: Endpoint = BY_PATH[path]
        fixed = (key for key, text in self.params.items() if "{" not in text and key not in _FIXED)
        self.open_params = {key: _SNAKE.sub("_", key).lower() for key in fixed}

    def params_for(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The query parameters, with those that `fields` name beyond what is declared."""
        return super().params_for(fields) | self._filters(fields)

    def asked(self, fields: Mapping[str, str]) -> dict[str, str]:
        """See `NbaScraper.asked`; with what `fields` name beyond what is declared."""
        return super().asked(fields) | self._filters(fields)

    def _filters(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {name: fields[field] for name, field in self.open_params.items() if field in fields}

    def _keyed(self, fields: Mapping[str, str], proved: Collection[str]) -> set[str]:
        """The parameters that a key names, without those whose fields the rows prove."""
        named = set(self._filters(fields))
        for name, text in self.params.items():
            if any(field not in proved and given_by(field) in fields for field in self._fields_of(text)):
                named.add(name)
        return named

    @staticmethod
    def _fields_of(template: str) -> set[str]:
        return {field for _, field, _, _ in Formatter().parse(template) if field}

    def check(self, page: Page, want: Want) -> None:
        """The table asked for: the parameters it repeats, its result sets, its rows."""
        with judging(page, html_due=False):
            body = opened(page)
            found = tables(body)
            for name in self.endpoint.sets:
                if name not in found:
                    raise RefusedError(f"resultSets: expected {name}, found {', '.join(found)[:100] or 'none'}")
            first = found[self.endpoint.sets[0]]
            proved = self.endpoint.rows.values() if first.rows else ()
            refuse_disagreement(body, self.asked(want.fields), self._keyed(want.fields, proved))
            if "game_id" in self._fields_of(self.params.get("GameID", "")):
                expect_game_of_key(want)
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

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`: of the tables, those with the totals of a season's players."""
        totals = urlsplit(self.url).path.endswith("/leaguedashplayerstats")
        return "adce_async.sources.nba_api.tables_of_seasons:season_totals" if totals else ""

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
    the same sign: they are named without home and away, and their facts say that the sides are not known.
    """

    version: ClassVar[str] = "3"
    lists_seasons = True

    def check_rows(self, found: Mapping[str, Table], want: Want) -> None:
        """Games of the NBA, of the season, the part of it, the team, the player and the days asked for."""
        table, fields = found[self.endpoint.sets[0]], want.fields
        asked = self.url_fields(fields).get("season_type", "") if "season_type" in fields else ""
        for game_id in table.distinct("GAME_ID"):
            if not ids.is_game_id(game_id):
                raise RefusedError(f"GAME_ID: expected ids of the NBA, ten digits as text, found {game_id!r:.100}")
            expect_season_of_game(want, game_id)
            kind = ids.season_type_of(game_id)
            if asked and kind and ids.SEASON_TYPES[kind] != asked:
                raise RefusedError(f"GAME_ID: expected games of {asked}, found {game_id}")
        for column, field in (("TEAM_ID", "team_id"), ("PLAYER_ID", "player_id")):
            others = [one for one in table.distinct(column) if str(one) != fields[field]] if field in fields else []
            if others:
                raise RefusedError(f"{column}: expected {fields[field]!r} in each row, found {others[0]!r:.100}")
        if "date_from" in fields or "date_to" in fields:
            first, last = day_of(fields.get("date_from")), day_of(fields.get("date_to")) or "9999"
            for day in map(day_of, table.distinct("GAME_DATE")):
                if not first <= day <= last:
                    raise RefusedError(f"GAME_DATE: expected days from {first} to {last}, found {day or 'none'}")

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date`, `season`, `season_type` and, where it is said, `home` and `away`."""
        return Discovery(tuple(_logged(game_id, rows) for game_id, rows in self._games(page).items()))

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Points by team, or the sums of the players' points, of each game of which both teams have rows."""
        facts = (self._facts(game_id, rows) for game_id, rows in self._games(page).items())
        return tuple(one for one in facts if one is not None)

    def _games(self, page: Page) -> dict[str, list[dict[str, Any]]]:
        games: dict[str, list[dict[str, Any]]] = {}
        for row in tables(page.json())[self.endpoint.sets[0]].records():
            games.setdefault(str(row.get("GAME_ID")), []).append(row)
        return games

    def _facts(self, game_id: str, rows: list[dict[str, Any]]) -> GameFacts | None:
        teams = list(dict.fromkeys(filter(None, (ids.team(row.get("TEAM_ABBREVIATION")) for row in rows))))
        if len(teams) != 2 or _state(game_id, rows) is not ItemState.FINAL:
            return None
        home, away = _sides(rows)
        known = bool(home and away)
        first, second = (home, away) if known else teams
        by_player = "PLAYER_ID" in rows[0]

        def side(team: str) -> SideFacts:
            points = [number(row.get("PTS")) for row in rows if ids.team(row.get("TEAM_ABBREVIATION")) == team]
            total = None if None in points else sum(filter(None, points))
            return SideFacts(team, player_points=total) if by_player else SideFacts(team, points=total)

        date = str(rows[0].get("GAME_DATE"))[:10]
        kind = ids.season_type_of(game_id)
        return GameFacts(game_id, date, side(first), side(second), final=True, season_type=kind, sides_known=known)


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
