"""Scoreboards and schedules: which games there are, and how far they have got.

A schedule is provisional for long: in July it holds a handful of games, until December the knock-out games of the cup
have no teams (`teamId` 0, no `gameCode`), in the playoffs some games are "if necessary". Such a body is accepted, and
its unfinished games have it asked for again; what comes of games that stay unfinished, `planning.listing` says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.coverage import SETTLED_STATES, Discovery, Item, ItemState
from adce_async.model.days import from_iso, start_of_eastern_day
from adce_async.model.facts import GameFacts
from adce_async.scraping.base import Page, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.declarative import dig
from adce_async.sources.nba_api import ids
from adce_async.sources.nba_api.base import NbaScraper, expect, expect_season_of_game, state_of
from adce_async.sources.nba_api.boxes import facts_of_scores
from adce_async.sources.nba_api.envelope import day_of, number, opened, parameters, refuse_disagreement, tables

_NBA = "00"


class NbaScoreboard(NbaScraper):
    """The games of one US Eastern day (field `date`). A day without games, or with unfinished ones, is accepted."""

    version: ClassVar[str] = "2"
    lists_seasons = True
    live = True

    def check(self, page: Page, want: Want) -> None:
        """The scoreboard of the day asked for, of the NBA."""
        with judging(page, html_due=False):
            board = opened(page).get("scoreboard")
            expect("scoreboard.leagueId", _NBA, dig(board, "leagueId"))
            day = str(dig(board, "gameDate"))
            if _date(day) is None:
                raise RefusedError(f"scoreboard.gameDate: expected a date, found {day!r:.100}")
            if "date" in want.fields:
                self.expect_day(want.fields["date"], day)
            _check_games(dig(board, "games"), want)

    def expect_day(self, asked: str, found: str) -> None:
        """Raise RefusedError if it is the scoreboard of another day."""
        expect("scoreboard.gameDate", asked, found)

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with `game_id`, `date`, `season`, `season_type`, `home`, `away`, `home_id`, `away_id`.

        Games of record (no preseason, no All-Star games) have their id as `record_id`, too.
        """
        return _discovery(_of_board(page.json()), page.json())

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The scores of the games that are over, by quarter and overtime."""
        return _facts(_of_board(page.json()))

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.nba_api.tables_of_games:listing"


class NbaCdnScoreboard(NbaScoreboard):
    """The games of today, as cdn.nba.com has them: until about noon Eastern time those of yesterday."""

    lists_seasons = False

    def expect_day(self, asked: str, found: str) -> None:
        """Raise NotYetError if it is the scoreboard of another day."""
        if found != asked:
            raise NotYetError(f"scoreboard.gameDate: expected {asked!r}, found {found!r}")


class NbaSchedule(NbaScraper):
    """All games of a season (field `season`), from stats.nba.com or, for the current season, from cdn.nba.com."""

    version: ClassVar[str] = "2"
    lists_seasons = True

    def check(self, page: Page, want: Want) -> None:
        """The schedule of the season asked for, of the NBA; a provisional one will do."""
        with judging(page, html_due=False):
            schedule = opened(page).get("leagueSchedule")
            expect("leagueSchedule.leagueId", _NBA, dig(schedule, "leagueId"))
            if "season" in want.fields:
                expect("leagueSchedule.seasonYear", want.fields["season"], dig(schedule, "seasonYear"))
            days = dig(schedule, "gameDates")
            if not isinstance(days, list):
                raise RefusedError("leagueSchedule.gameDates: not there")
            for day in days:
                _check_games(dig(day, "games"), want)
            if not days:
                raise NotYetError("leagueSchedule.gameDates: no games yet")

    def discover(self, page: Page, want: Want) -> Discovery:
        """See `NbaScoreboard.discover`."""
        return _discovery(_of_schedule(page.json()), page.json())

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The final scores of the games that are over."""
        return _facts(_of_schedule(page.json()))

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.nba_api.tables_of_games:listing"


class NbaScoreboardV2(NbaScraper):
    """The games of one day (field `date`) in the old shape, as it lies in old lakes."""

    version: ClassVar[str] = "2"

    def check(self, page: Page, want: Want) -> None:
        """The day asked for, of the NBA, without the repeated games of 2025-26."""
        with judging(page, html_due=False):
            body = opened(page)
            refuse_disagreement(body, {"LeagueID": _NBA})
            if "date" in want.fields:
                expect("parameters.GameDate", want.fields["date"], day_of(parameters(body).get("GameDate")))
            header = tables(body).get("GameHeader")
            if header is None:
                raise RefusedError("resultSets: expected GameHeader")
            games = header.column("GAME_ID") if header.rows else []
            for game_id in games:
                if not ids.is_game_id(game_id):
                    raise RefusedError(f"GAME_ID: expected ids of the NBA, ten digits as text, found {game_id!r:.100}")
                expect_season_of_game(want, str(game_id))
            if (count := len(set(games))) != len(games):
                raise RefusedError(f"GameHeader: {len(games)} rows of {count} games")

    def discover(self, page: Page, want: Want) -> Discovery:
        """See `NbaScoreboard.discover`; without the teams' codes where their lines are not there."""
        found = tables(page.json())
        day = day_of(parameters(page.json()).get("GameDate"))
        sides = {
            (str(line.get("GAME_ID")), str(line.get("TEAM_ID"))): {
                "teamId": line.get("TEAM_ID"),
                "teamTricode": line.get("TEAM_ABBREVIATION"),
                "score": line.get("PTS"),
            }
            for line in (found["LineScore"].records() if "LineScore" in found else ())
        }
        return _discovery(_of_header(found["GameHeader"].records(), sides, day), {})

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.nba_api.tables_of_games:listing"


Listed = tuple[str, Mapping[str, Any], ItemState]
"""Day, game and state of one that a listing names."""


def _check_games(games: Any, want: Want) -> None:
    if not isinstance(games, list):
        raise RefusedError("games: expected a list, found none")
    for game in games:
        if not ids.is_game_id(game_id := dig(game, "gameId")):
            raise RefusedError(f"gameId: expected ids of the NBA, ten digits as text, found {game_id!r:.100}")
        expect_season_of_game(want, str(game_id))


def _of_board(body: Mapping[str, Any]) -> Iterator[Listed]:
    day = str(dig(body, "scoreboard.gameDate"))
    for game in dig(body, "scoreboard.games") or ():
        yield day, game, _state(game)


def _of_schedule(body: Mapping[str, Any]) -> Iterator[Listed]:
    for group in dig(body, "leagueSchedule.gameDates") or ():
        for game in dig(group, "games") or ():
            day = str(game.get("gameDateEst") or "")[:10]
            if _date(day) is None:
                day = day_of(dig(group, "gameDate"))
            yield day, game, _state(game)


def _of_header(
    rows: Iterable[Mapping[str, Any]], sides: Mapping[tuple[str, str], Mapping[str, Any]], day: str
) -> Iterator[Listed]:
    for row in rows:
        game = {
            "gameId": row.get("GAME_ID"),
            "gameStatus": row.get("GAME_STATUS_ID"),
            "gameStatusText": row.get("GAME_STATUS_TEXT"),
            "homeTeam": sides.get((str(row.get("GAME_ID")), str(row.get("HOME_TEAM_ID")))),
            "awayTeam": sides.get((str(row.get("GAME_ID")), str(row.get("VISITOR_TEAM_ID")))),
        }
        yield day_of(row.get("GAME_DATE_EST")) or day, game, _state(game)


def _made(body: Mapping[str, Any]) -> float | None:
    """When the server made the body, to the day; it may be a month before it was fetched."""
    day = _date(str(dig(body, "meta.time"))[:10])
    return None if day is None else start_of_eastern_day(day)


def _state(game: Mapping[str, Any]) -> ItemState:
    if game.get("gameId") in ids.NEVER_PLAYED:
        return ItemState.CANCELLED
    state = state_of(game.get("gameStatus"), game.get("gameStatusText"))
    if state is ItemState.FINAL and _scores(game) == (0, 0):  # what a game that was called off was shown as
        return ItemState.POSTPONED
    return state


def _teams(game: Mapping[str, Any]) -> dict[str, str]:
    """Codes and ids of both teams; empty before the draw."""
    found = {
        "home": ids.team(dig(game, "homeTeam.teamTricode")),
        "away": ids.team(dig(game, "awayTeam.teamTricode")),
        "home_id": str(number(dig(game, "homeTeam.teamId")) or ""),
        "away_id": str(number(dig(game, "awayTeam.teamId")) or ""),
    }
    return found if all(found.values()) else {}


def _scores(game: Mapping[str, Any]) -> tuple[int | None, int | None]:
    return number(dig(game, "homeTeam.score")), number(dig(game, "awayTeam.score"))


def _discovery(listed: Iterator[Listed], body: Mapping[str, Any]) -> Discovery:
    """Each game once: one that was moved may stand under both days, and only one of them is played."""
    items: dict[str, Item] = {}
    for day, game, state in listed:
        game_id = str(game["gameId"])
        known = items.get(game_id)
        if known is None or known.state is not ItemState.FINAL:
            fields = _fields(game_id, day, game)
            if state in SETTLED_STATES:
                items[game_id] = Item(fields, state)
            else:
                scored = None not in _scores(game) and any(_scores(game))
                items[game_id] = Item(fields, state, scored=scored, starts=_tip_off(game))
    return Discovery(tuple(items.values()), _made(body))


def _tip_off(game: Mapping[str, Any]) -> float | None:
    """When it begins; None while only its day is known. A schedule has the time of day under a day of 1900."""
    for name in ("gameDateTimeUTC", "gameTimeUTC"):
        try:
            at = from_iso(str(game.get(name)))
        except (ValueError, OverflowError):
            continue
        if at > 0 and "TBD" not in str(game.get("gameStatusText")).upper():
            return at
    return None


def _fields(game_id: str, day: str, game: Mapping[str, Any]) -> dict[str, str]:
    kind = ids.season_type_of(game_id)
    fields = {"game_id": game_id, "date": day, "season": ids.season_of(game_id), "season_type": kind}
    record = {"record_id": game_id} if kind in ids.OF_RECORD else {}
    return {name: value for name, value in (fields | record | _teams(game)).items() if value}


def _facts(listed: Iterator[Listed]) -> tuple[GameFacts, ...]:
    games = {str(game["gameId"]): (day, game) for day, game, state in listed if state is ItemState.FINAL}
    return tuple(
        one for day, game in games.values() if None not in _scores(game) for one in facts_of_scores(game, date=day)
    )


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
