"""The league's own statistics in their true shapes: stats.nba.com and cdn.nba.com, of the generated league.

The members follow captured answers; channels, odds and leaders of the season are left empty.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api import box_scores, cdn_plays, listings, plays, tables
from adce_async.demo.site import JSON, TEXT, GameState, Request, Response, akamai_denied, moment, state_of
from adce_async.model.seasons import end_year, season_of_day

_CDN = "cdn.nba.com"
_LIVE = re.compile(r"/static/json/liveData/(boxscore|playbyplay)/\1_(\d{10})\.json")
_SCHEDULE = re.compile(r"/static/json/staticData/scheduleLeagueV2(?:_1)?\.json")
_TODAY = "/static/json/liveData/scoreboard/todaysScoreboard_00.json"
_REFERER = "https://www.nba.com/"
_TTL = {"x-full-ttl": "1.000"}
"""Seconds for which the same answer comes again: 300 of real box scores, less here so that a demo need not wait."""
_S3_DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message>'
    b"<RequestId>0</RequestId></Error>"
)

_Body = Callable[[Game, GameState, float], dict[str, Any]]
_GAMES: Mapping[str, _Body] = {
    "boxscoretraditionalv3": box_scores.traditional,
    "playbyplayv3": plays.play_by_play,
    "boxscore": box_scores.live,
    "playbyplay": cdn_plays.play_by_play,
}
_TABLES: Mapping[str, Callable[[League, Mapping[str, str], float], dict[str, Any]]] = {
    "leaguegamelog": tables.game_log,
    "commonallplayers": tables.all_players,
    "playerindex": tables.player_index,
    "leaguestandingsv3": tables.standings,
}


class Nba:
    """`stats.nba.com` and `cdn.nba.com`; satisfies `site.Site`."""

    def __init__(self, league: League) -> None:
        self._league = league

    def answer(self, request: Request) -> Response:
        """See `site.Site`. cdn.nba.com refuses whoever does not come from www.nba.com."""
        return self._cdn(request) if request.host == _CDN else self._stats(request)

    def _stats(self, request: Request) -> Response:
        if request.path == "/robots.txt":
            return Response(b"", 301, TEXT, {"location": "https://www.nba.com/robots.txt"})
        endpoint = request.path.removeprefix("/stats/")
        try:
            return self._endpoint(endpoint, request)
        except (KeyError, ValueError) as error:
            return Response(f"{error} is required".encode(), 400, TEXT)

    def _endpoint(self, endpoint: str, request: Request) -> Response:
        """Raises KeyError for a parameter that is missing, ValueError for one that can't be."""
        query = request.query
        if endpoint == "scheduleleaguev2":
            year = end_year(query["Season"])
            return _json(listings.schedule(self._league, year, request.now, held=request.held), _TTL)
        if endpoint == "scoreboardv3":
            day = dt.date.fromisoformat(query["GameDate"])
            return _json(listings.scoreboard(self._league, day, request.now, held=request.held), _TTL)
        if endpoint in _TABLES:
            return _json(_TABLES[endpoint](self._league, query, request.now), _TTL)
        if endpoint in _GAMES:
            game = self._league.game_of_nba(query["GameID"])
            if game is None:
                return Response(b'{"Message":"An error has occurred."}', 500, JSON)
            return Response(self._game(endpoint, game, request), headers=_TTL)
        if endpoint == "playbyplayv2":  # what a dead endpoint answers
            return Response(b"{}", headers=_TTL)
        return Response(b"Not Found\n", 404, TEXT)

    def _cdn(self, request: Request) -> Response:
        if request.path == "/robots.txt":
            return not_in_bucket()
        if request.headers.get("referer") != _REFERER:
            return akamai_denied(f"http://{request.host}{request.path}")
        if _SCHEDULE.fullmatch(request.path):
            year = end_year(season_of_day(self._league.last_day))
            return _json(listings.schedule(self._league, year, request.now, held=request.held))
        if request.path == _TODAY:
            return _json(listings.todays_scoreboard(self._league, request.now))
        match = _LIVE.fullmatch(request.path)
        game = self._league.game_of_nba(match[2]) if match else None
        if match is None or game is None or state_of(game, request.now) is GameState.BEFORE:
            return not_in_bucket()
        return Response(self._game(match[1], game, request))

    def _game(self, kind: str, game: Game, request: Request) -> bytes:
        return _game_body(kind, game, state_of(game, request.now, held=request.held), moment(self._league, request.now))


def not_in_bucket() -> Response:
    """What the bucket behind cdn.nba.com says of a file that is not in it (yet)."""
    return Response(_S3_DENIED, 403, "application/xml")


def _json(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), headers=headers or {})


@functools.lru_cache(maxsize=256)
def _game_body(kind: str, game: Game, state: GameState, at: float) -> bytes:
    return orjson.dumps(_GAMES[kind](game, state, at))
