"""ESPN's site API in its true shapes: scoreboard and summary of the generated league, and its errors.

The envelopes follow captured answers (members, types, spellings, the Eastern day of `dates`), without
the articles, videos and odds that make those large.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import Any

import orjson

from adce_async.demo.espn import season as season_bodies
from adce_async.demo.espn.parts import minutes, status_of, team_of
from adce_async.demo.espn.summary import summary
from adce_async.demo.league import Game, League
from adce_async.demo.site import TEXT, GameState, Request, Response, moment, periods_told, state_of
from adce_async.model.days import eastern_day
from adce_async.model.seasons import end_year, season_of_day, season_of_end_year, season_range

_BASE = "/apis/site/v2/sports/basketball/nba/"
_STANDINGS = "/apis/v2/sports/basketball/nba/standings"
_TEAM = re.compile(r"teams/([\w-]+)(/roster)?")
_CALENDAR = re.compile(r"/v2/sports/basketball/leagues/nba/seasons/(\d{4})/types/2/calendar/ondays")


class Espn:
    """`site.api.espn.com` and its siblings; satisfies `site.Site`."""

    def __init__(self, league: League) -> None:
        self._league = league
        self._routes = {"scoreboard": self._scoreboard, "summary": self._summary, "teams": self._teams}

    def answer(self, request: Request) -> Response:
        """See `site.Site`. robots.txt has rules for others only."""
        if request.path == "/robots.txt":
            return Response(b"User-agent: anthropic-ai\nDisallow: /\n", content_type=TEXT)
        if request.path == _STANDINGS:
            year = self._year(request)
            return _json(season_bodies.standings(self._league, year, request.now))
        if match := _CALENDAR.fullmatch(request.path):
            return _json(season_bodies.calendar(self._league, int(match[1])))
        name = request.path.removeprefix(_BASE) if request.path.startswith(_BASE) else ""
        if route := self._routes.get(name):
            return route(request)
        match = _TEAM.fullmatch(name)
        team = season_bodies.team_named(match[1]) if match else None
        if match is None or team is None:
            return _error(404, f"no such resource: {request.path}", nested=".core." in request.host)
        year = self._year(request)
        if match[2]:
            return _json(season_bodies.athletes(self._league, team, year, request.now))
        return _json(season_bodies.team(team, year))

    def _year(self, request: Request) -> int:
        """The season asked for, by default the current one."""
        asked = request.query.get("season", "")
        if asked.isdecimal():
            return int(asked)
        return end_year(season_of_day(eastern_day(moment(self._league, request.now))))

    def _scoreboard(self, request: Request) -> Response:
        days = self._days(request.query.get("dates"))
        limit = request.query.get("limit", "100")
        if days is None or not limit.isdecimal():
            return _error(400, "dates: expected YYYYMMDD or YYYYMMDD-YYYYMMDD; limit: expected a number")
        games = [game for day in days for game in self._league.games(day)][: int(limit)]
        held = games[-1] if request.held and games else None
        events = [_event(game, state_of(game, request.now, held=game is held)) for game in games]
        season = end_year(season_of_day(days[0]))
        return _json({"leagues": [_league(self._league, season, days[0])], "events": events})

    def _days(self, dates: str | None) -> list[dt.date] | None:
        """The days asked for, at most 31 of them; without `dates` the last one of the league; None if it is no date."""
        if dates is None:
            return [self._league.last_day]
        first, _, last = dates.partition("-")
        try:
            day, end = (dt.datetime.strptime(text, "%Y%m%d").date() for text in (first, last or first))  # noqa: DTZ007
        except ValueError:
            return None
        return [day + dt.timedelta(days=n) for n in range(min(31, (end - day).days + 1))] or None

    def _summary(self, request: Request) -> Response:
        game = self._league.game_of_event(request.query.get("event", ""))
        if game is None:
            return _error(404, f"no event {request.query.get('event', '')!r}")
        return Response(_summary_body(game, state_of(game, request.now, held=request.held)), headers=_HEADERS)

    def _teams(self, request: Request) -> Response:
        return _json(season_bodies.teams(self._year(request)))


_HEADERS = {"cache-control": "max-age=2", "vary": "Accept-Encoding"}


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, headers=_HEADERS)


def _error(status: int, message: str, *, nested: bool = False) -> Response:
    """ESPN has two forms of an error: bare on the site API, nested on the core API."""
    error = {"code": status, "message": message}
    return _json({"error": error} if nested else error, status)


@functools.lru_cache(maxsize=32)
def _summary_body(game: Game, state: GameState) -> bytes:
    return orjson.dumps(summary(game, state))


@functools.lru_cache(maxsize=8)
def _calendar(league: League, season: int) -> list[str]:
    """The days with games."""
    days = [day for day in league.days() if end_year(season_of_day(day)) == season]
    return [season_bodies.morning(day) for day in days]


def _league(league: League, season: int, day: dt.date) -> dict[str, Any]:
    first, last = season_range(season_of_end_year(season))
    start, end = f"{first - dt.timedelta(days=28)}T07:00Z", f"{last + dt.timedelta(days=6)}T06:59Z"
    playoffs = any(game.is_playoff for game in league.games(day)[:1])
    kind = {"id": "3", "type": 3, "name": "Postseason", "abbreviation": "post"}
    if not playoffs:
        kind = {"id": "2", "type": 2, "name": "Regular Season", "abbreviation": "reg"}
    return {
        "id": "46",
        "uid": "s:40~l:46",
        "name": "National Basketball Association",
        "abbreviation": "NBA",
        "slug": "nba",
        "season": {
            "year": season,
            "startDate": start,
            "endDate": end,
            "displayName": season_of_end_year(season),
            "type": kind,
        },
        "logos": [],
        "calendarType": "day",
        "calendarIsWhitelist": True,
        "calendarStartDate": start,
        "calendarEndDate": end,
        "calendar": _calendar(league, season),
    }


def _competitor(game: Game, state: GameState, *, is_home: bool) -> dict[str, Any]:
    team = game.home if is_home else game.away
    periods = (game.home_periods if is_home else game.away_periods)[: periods_told(game, state)]
    entry: dict[str, Any] = {
        "id": team.espn_id,
        "uid": f"s:40~l:46~t:{team.espn_id}",
        "type": "team",
        "order": 0 if is_home else 1,
        "homeAway": "home" if is_home else "away",
    }
    if state is GameState.OVER:
        entry["winner"] = (game.home_points > game.away_points) is is_home
    entry |= {"team": team_of(team), "score": str(sum(periods)), "statistics": [], "leaders": []}
    if periods:
        entry["linescores"] = [
            {"value": float(points), "displayValue": str(points), "period": number}
            for number, points in enumerate(periods, start=1)
        ]
    return entry | {"records": [{"name": "overall", "abbreviation": "Game", "type": "total", "summary": "12-12"}]}


def _event(game: Game, state: GameState) -> dict[str, Any]:
    uid, date, status = f"s:40~l:46~e:{game.event_id}", minutes(game.tip_off), status_of(game, state)
    competition = {
        "id": game.event_id,
        "uid": f"{uid}~c:{game.event_id}",
        "date": date,
        "attendance": game.attendance if state is GameState.OVER else 0,
        "type": {"id": "1", "abbreviation": "STD"},
        "timeValid": True,
        "neutralSite": False,
        "conferenceCompetition": False,
        "playByPlayAvailable": state is not GameState.BEFORE,
        "recent": False,
        "venue": {"id": game.home.espn_id, "fullName": f"{game.home.location} Arena", "indoor": True},
        "competitors": [_competitor(game, state, is_home=True), _competitor(game, state, is_home=False)],
        "notes": [],
        "status": status,
        "broadcasts": [],
        "format": {"regulation": {"periods": 4}},
        "startDate": date,
        "broadcast": "",
        "geoBroadcasts": [],
    }
    return {
        "id": game.event_id,
        "uid": uid,
        "date": date,
        "name": f"{game.away.full_name} at {game.home.full_name}",
        "shortName": f"{game.away.espn} @ {game.home.espn}",
        "season": {
            "year": game.season_end,
            "type": 3 if game.is_playoff else 2,
            "slug": "post-season" if game.is_playoff else "regular-season",
        },
        "competitions": [competition],
        "links": [],
        "status": status,
    }
