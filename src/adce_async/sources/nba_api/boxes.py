"""Box scores of stats.nba.com, in their V3 and V2 shapes, and those of cdn.nba.com.

The V3 kinds share one shape: `{meta, boxScoreKIND: {gameId, homeTeam: {players: [{statistics}]}, awayTeam}}`. Of V2
two are in old lakes: `boxscore` and `boxscoresummary`, as result sets; there the players' rows begin with the
visitors', and the order of the teams' rows means nothing. Only summaries and cdn.nba.com say whether a game is over.
Starters plus bench is not the team's total in some boxes; the players' sum is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.base import Page, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.declarative import dig
from adce_async.sources.nba_api import ids
from adce_async.sources.nba_api.base import NbaScraper, expect_game, refuse_short, refuse_unfinished
from adce_async.sources.nba_api.envelope import number, opened, parameters, refuse_disagreement, tables

_SIDES = ("homeTeam", "awayTeam")
_KIND = re.compile(r"boxscore([a-z]+)v\d+")
_REGULATION = 28_800
"""Tenths of a second: 48 minutes."""
_BY_PERIOD, _BY_TIME = 1, 2
"""What `RangeType` says that the V2 ranges are of; 0 is the whole game."""


class NbaBoxScore(NbaScraper):
    """One kind of V3 box score of a finished game (field `game_id`); which kind, its URL says."""

    def check(self, page: Page, want: Want) -> None:
        """The game and the kind asked for, with statistics of players of both teams, over a whole game."""
        with judging(page, html_due=False):
            self.check_box(opened(page), want)

    def check_box(self, body: dict[str, Any], want: Want) -> dict[str, Any]:
        """The part of the body that is the box score, if it is good."""
        box = self.box_of(body)
        game_id = expect_game("gameId", want, box.get("gameId"))
        for side in _SIDES:
            players = dig(box, f"{side}.players")
            if not isinstance(players, list):
                raise RefusedError(f"{side}.players: not there")
            if not any(dig(one, "statistics") or dig(one, "matchups") for one in players):
                raise NotYetError(f"{side}: {len(players)} players, none with statistics")
            refuse_short(game_id, dig(box, f"{side}.statistics.minutes"))
        return box

    def box_of(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`boxScoreAdvanced` and the like. Raises RefusedError if the body is of another kind."""
        match = _KIND.search(urlsplit(self.url).path)
        kind = f"boxscore{match[1]}" if match else "boxscore"
        for name, box in body.items():
            if name.lower() == kind and isinstance(box, dict):
                return box
        raise RefusedError(f"expected {kind}, found {', '.join(body)[:100]}")


class NbaBoxScoreTraditional(NbaBoxScore):
    """The box score of a finished game (field `game_id`): V3 as it is asked for, V2 as it lies in old lakes."""

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, whole, with points and players of both teams."""
        with judging(page, html_due=False):
            body = opened(page)
            if "resultSets" in body:
                _check_v2(body, want)
                return
            box = self.check_box(body, want)
            for side in _SIDES:
                if not number(dig(box, f"{side}.statistics.points")):
                    raise NotYetError(f"{side}: no points")

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Points of both teams, and the sums of their players'."""
        body = page.json()
        if "resultSets" in body:
            return _facts_v2(body)
        box = self.box_of(body)
        home, away = (_side(dig(box, side), dig(box, f"{side}.statistics.points")) for side in _SIDES)
        return _one_game(str(box["gameId"]), "", home, away)

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.nba_api.tables_of_games:box_score"


class NbaBoxScoreSummary(NbaBoxScore):
    """Status, quarters and officials of a finished game (field `game_id`), in the V3 or the V2 shape."""

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, over, with both teams' points."""
        with judging(page, html_due=False):
            body = opened(page)
            refuse_disagreement(body, self.asked(want.fields))
            game = _summary_v2(body) if "resultSets" in body else self.box_of(body)
            game_id = expect_game("gameId", want, game.get("gameId"))
            refuse_unfinished(game_id, game.get("gameStatus"), game.get("gameStatusText"))
            for side in _SIDES:
                if not number(dig(game, f"{side}.score")):
                    raise RefusedError(f"{side}: the game is over, and has no points")

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Points of both teams, by quarter and overtime."""
        body = page.json()
        return facts_of_scores(_summary_v2(body) if "resultSets" in body else self.box_of(body))


class NbaCdnBoxScore(NbaScraper):
    """The box score of cdn.nba.com for a finished game (field `game_id`), from 2019-20 on."""

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, over, with players of both teams."""
        with judging(page, html_due=False):
            game = opened(page).get("game")
            if not isinstance(game, dict):
                raise RefusedError("game: not there")
            game_id = expect_game("game.gameId", want, game.get("gameId"))
            refuse_unfinished(game_id, game.get("gameStatus"), game.get("gameStatusText"))
            for side in _SIDES:
                players = dig(game, f"{side}.players")
                if not isinstance(players, list) or not any(dig(one, "statistics") for one in players):
                    raise RefusedError(f"game.{side}.players: none with statistics")

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Points of both teams, by quarter and overtime, and the sums of their players'."""
        return facts_of_scores(page.json()["game"])

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.nba_api.tables_of_games:box_score"


def facts_of_scores(game: Mapping[str, Any], date: str = "") -> tuple[GameFacts, ...]:
    """Facts of a game that is over, from `{gameId, gameCode, homeTeam: {teamTricode, score, periods}, ...}`.

    That is how summaries, scoreboards, schedules and the box scores of cdn.nba.com put it. Without `date` the day is
    that of `gameCode` (`20250115/NYKPHI`), the Eastern one.
    """
    day = re.match(r"(\d{4})(\d\d)(\d\d)/", str(game.get("gameCode") or ""))
    home, away = (_side(dig(game, side), dig(game, f"{side}.score")) for side in _SIDES)
    return _one_game(str(game["gameId"]), date or ("-".join(day.groups()) if day else ""), home, away)


def _one_game(game_id: str, date: str, home: SideFacts, away: SideFacts) -> tuple[GameFacts, ...]:
    if not home.team or not away.team:
        return ()
    return (GameFacts(game_id, date, home, away, final=True, season_type=ids.season_type_of(game_id)),)


def _side(side: Any, points: object) -> SideFacts:
    periods = dig(side, "periods")
    scores = [number(dig(one, "score")) for one in periods] if isinstance(periods, list) else []
    players = dig(side, "players")
    lines = [dig(one, "statistics.points") for one in players] if isinstance(players, list) else []
    of_players = [line for line in map(number, lines) if line is not None]
    return SideFacts(
        team=ids.team(dig(side, "teamTricode")),
        points=number(points),
        periods=tuple(score for score in scores if score is not None) if None not in scores and any(scores) else (),
        player_points=sum(of_players) if of_players else None,
    )


def _check_v2(body: dict[str, Any], want: Want) -> None:
    """A V2 box score of the game asked for, of the whole game, with rows."""
    found = tables(body)
    asked = {"GameID": want.fields["game_id"]} if "game_id" in want.fields else {}
    refuse_disagreement(body, asked)
    _refuse_stretch(parameters(body))
    for name in ("PlayerStats", "TeamStats"):
        if name not in found:
            raise RefusedError(f"resultSets: expected {name}, found {', '.join(found)[:100] or 'none'}")
        teams = len(found[name].distinct("TEAM_ID")) if found[name].rows else 0
        if teams != 2:
            raise RefusedError(f"{name}: expected 2 teams, found {teams}")
        for game_id in found[name].distinct("GAME_ID"):
            expect_game("GAME_ID", want, game_id)
    game_id = str(found["TeamStats"].column("GAME_ID")[0])
    for minutes in found["TeamStats"].column("MIN"):
        refuse_short(game_id, minutes)


def _refuse_stretch(said: Mapping[str, Any]) -> None:
    """Old lakes hold V2 box scores of a quarter, or of some seconds, under the key of the whole game."""
    names = ("RangeType", "StartPeriod", "EndPeriod", "StartRange", "EndRange")
    kind, first, last, start, end = (number(said.get(name)) or 0 for name in names)
    by_period = kind == _BY_PERIOD and (first > 1 or 0 < last < 4)
    by_time = kind == _BY_TIME and (start > 0 or 0 < end < _REGULATION)
    if by_period or by_time:
        raise RefusedError(f"a stretch of a game: {', '.join(f'{name} {said.get(name)}' for name in names)}")


def _facts_v2(body: Mapping[str, Any]) -> tuple[GameFacts, ...]:
    found = tables(body)
    players = list(found["PlayerStats"].records())
    totals = {str(row.get("TEAM_ID")): row for row in found["TeamStats"].records()}
    teams = map(str, found["PlayerStats"].distinct("TEAM_ID"))
    away, home = (_side_v2(team, players, totals) for team in teams)
    return _one_game(str(players[0].get("GAME_ID")), "", home, away)


def _side_v2(team: str, players: list[dict[str, Any]], totals: Mapping[str, dict[str, Any]]) -> SideFacts:
    lines = [number(row.get("PTS")) for row in players if str(row.get("TEAM_ID")) == team]
    recorded = [line for line in lines if line is not None]
    total = totals.get(team, {})
    return SideFacts(
        team=ids.team(total.get("TEAM_ABBREVIATION")),
        points=number(total.get("PTS")),
        player_points=sum(recorded) if recorded else None,
    )


def _summary_v2(body: Mapping[str, Any]) -> dict[str, Any]:
    """A V2 summary in the words of V3."""
    found = tables(body)
    for name in ("GameSummary", "LineScore"):
        if name not in found or not found[name].rows:
            raise RefusedError(f"{name}: expected rows, found none")
    game = next(found["GameSummary"].records())
    lines = {str(row.get("TEAM_ID")): row for row in found["LineScore"].records()}
    last = number(game.get("LIVE_PERIOD")) or 4
    overtimes = {period: f"PTS_OT{period - 4}" for period in range(5, 15)}  # 0 in those that were not played
    played = [f"PTS_QTR{quarter}" for quarter in range(1, 5)]
    played += [
        ot for period, ot in overtimes.items() if period <= last or any(number(x.get(ot)) for x in lines.values())
    ]
    return {
        "gameId": game.get("GAME_ID"),
        "gameCode": game.get("GAMECODE"),
        "gameStatus": game.get("GAME_STATUS_ID"),
        "gameStatusText": game.get("GAME_STATUS_TEXT"),
        "homeTeam": _line(lines.get(str(game.get("HOME_TEAM_ID")), {}), played),
        "awayTeam": _line(lines.get(str(game.get("VISITOR_TEAM_ID")), {}), played),
    }


def _line(line: Mapping[str, Any], played: list[str]) -> dict[str, Any]:
    return {
        "teamTricode": line.get("TEAM_ABBREVIATION"),
        "score": line.get("PTS"),
        "periods": [{"score": line.get(name)} for name in played],
    }
