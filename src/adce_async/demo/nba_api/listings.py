"""What nba.com lists: the schedule of a season, and the scoreboard of a day."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Mapping
from typing import Any

from adce_async.demo.league import Game, League, Team
from adce_async.demo.nba_api.box_scores import leader
from adce_async.demo.nba_api.parts import (
    cdn_meta,
    code_of,
    eastern,
    meta,
    player_slug,
    score_of,
    status_of,
    team_of,
    team_slug,
)
from adce_async.demo.plays import Line, Player, box_of
from adce_async.demo.season import Record, finished, records
from adce_async.demo.site import GameState, moment, plays_told, state_of
from adce_async.model.days import EASTERN, iso
from adce_async.model.seasons import end_year, season_of_day, season_of_end_year

_NOBODY = {"personId": 0, "name": "", "playerSlug": None, "jerseyNum": "", "position": "", "teamTricode": ""}
_CHANNELS = ("Tv", "Radio", "Ott")


def schedule(league: League, year: int, now: float, *, held: bool = False) -> dict[str, Any]:
    """`scheduleleaguev2`, and `scheduleLeagueV2.json`: all games of the season that ends in `year`."""
    games = list(league.season(year))
    last = games[-1] if held and games else None
    told = [(game, state_of(game, now, held=game is last)) for game in games]
    standing = _standing(league, year, now)
    first = games[0].day if games else None
    days = [
        {
            "gameDate": f"{day:%m/%d/%Y} 00:00:00",
            "games": [_listed(game, state, standing, first or day) for game, state in of],
        }
        for day, of in itertools.groupby(told, key=lambda item: item[0].day)
    ]
    season = season_of_end_year(year)
    return {
        "meta": meta(f"league/00/{season}/scheduleleaguev2", moment(league, now)),
        "leagueSchedule": {
            "seasonYear": season,
            "leagueId": "00",
            "gameDates": days,
            "weeks": _weeks(games),
            "broadcasterList": [],
        },
    }


def _standing(league: League, year: int, now: float) -> dict[Team, Record]:
    return {record.team: record for record in records(finished(league, year, now))}


def _weeks(games: list[Game]) -> list[dict[str, Any]]:
    if not games:
        return []
    first = games[0].day - dt.timedelta(days=games[0].day.weekday())
    weeks = (games[-1].day - first).days // 7 + 1
    starts = [first + dt.timedelta(weeks=number) for number in range(weeks)]
    return [
        {
            "weekNumber": number,
            "weekName": f"Week {number}",
            "startDate": f"{start}T00:00:00Z",
            "endDate": f"{start + dt.timedelta(days=6)}T00:00:00Z",
        }
        for number, start in enumerate(starts, start=1)
    ]


def _listed(game: Game, state: GameState, standing: Mapping[Team, Record], first: dt.date) -> dict[str, Any]:
    """A game of the schedule. Most times are Eastern with a false `Z`, and those of day alone have a year of 1900."""
    at = dt.datetime.fromtimestamp(game.tip_off, EASTERN)
    utc = dt.datetime.fromtimestamp(game.tip_off, dt.UTC)
    midnight = dt.datetime.combine(game.day, dt.time(), EASTERN).timestamp()
    week = (game.day - first).days // 7 + 1
    no_channels: dict[str, list[Any]] = {
        f"{whose}{kind}Broadcasters": [] for whose in ("national", "home", "away", "intl") for kind in _CHANNELS
    }
    return {
        "gameId": game.nba_id,
        "gameCode": code_of(game),
        **status_of(game, state),
        "gameSequence": game.slot + 1,
        "gameDateEst": f"{game.day}T00:00:00Z",
        "gameTimeEst": f"1900-01-01T{at:%H:%M:%S}Z",
        "gameDateTimeEst": eastern(game.tip_off),
        "gameDateUTC": iso(midnight),
        "gameTimeUTC": f"1900-01-01T{utc:%H:%M:%S}Z",
        "gameDateTimeUTC": iso(game.tip_off),
        "awayTeamTime": eastern(game.tip_off),
        "homeTeamTime": eastern(game.tip_off),
        "day": f"{game.day:%a}",
        "monthNum": game.day.month,
        "weekNumber": week,
        "weekName": f"Week {week}",
        "ifNecessary": False,
        **dict.fromkeys(("seriesGameNumber", "gameLabel", "gameSubLabel", "seriesText"), ""),
        "arenaName": f"{game.home.location} Arena",
        "arenaState": "",
        "arenaCity": game.home.location,
        "postponedStatus": "A",
        "branchLink": "",
        "gameSubtype": "",
        "isNeutral": False,
        "broadcasters": no_channels,
        "homeTeam": _listed_team(game, state, standing[game.home]),
        "awayTeam": _listed_team(game, state, standing[game.away]),
        "pointsLeaders": [],
    }


def _listed_team(game: Game, state: GameState, record: Record) -> dict[str, Any]:
    score = score_of(game, state, is_home=record.team is game.home)["score"]
    return {
        **team_of(record.team),
        "teamSlug": team_slug(record.team),
        "wins": record.wins,
        "losses": record.losses,
        "score": score,
        "seed": 0,
    }


def scoreboard(league: League, day: dt.date, now: float, *, held: bool = False) -> dict[str, Any]:
    """`scoreboardv3`: the games of one Eastern day."""
    games = league.games(day)
    told = ((game, state_of(game, now, held=held and game is games[-1])) for game in games)
    standing = _standing(league, end_year(season_of_day(day)), now)
    return {
        "meta": meta(f"league/00/{day:%Y/%m/%d}/scoreboard", moment(league, now)),
        "scoreboard": _board(day, [_tile(game, state, standing) for game, state in told]),
    }


def todays_scoreboard(league: League, now: float) -> dict[str, Any]:
    """`todaysScoreboard_00.json`, which shows the games of yesterday until noon."""
    at = dt.datetime.fromtimestamp(moment(league, now), EASTERN)
    day = at.date() - dt.timedelta(days=at.hour < 12)
    standing = _standing(league, end_year(season_of_day(day)), now)
    tiles = []
    for game in league.games(day):
        tile = _tile(game, state_of(game, now), standing)
        odds = {"team": None, "odds": 0.0, "suspended": 0}
        dropped = ("teamLeaders", "broadcasters")
        tiles.append({name: value for name, value in tile.items() if name not in dropped} | {"pbOdds": odds})
    request = "league/00/scoreboard/todaysScoreboard_00"
    return {"meta": cdn_meta(request, moment(league, now)), "scoreboard": _board(day, tiles)}


def _board(day: dt.date, games: list[dict[str, Any]]) -> dict[str, Any]:
    name = "National Basketball Association"
    return {"gameDate": f"{day}", "leagueId": "00", "leagueName": name, "games": games}


def _tile(game: Game, state: GameState, standing: Mapping[Team, Record]) -> dict[str, Any]:
    leaders = {"homeLeaders": _leader(game, state, game.home), "awayLeaders": _leader(game, state, game.away)}
    periods = len(game.home_periods)
    blank = ("seriesGameNumber", "gameLabel", "gameSubLabel", "seriesText", "seriesConference", "poRoundDesc")
    return {
        "gameId": game.nba_id,
        "gameCode": code_of(game),
        **status_of(game, state),
        "period": {GameState.BEFORE: 0, GameState.LIVE: 3, GameState.OVER: periods}[state],
        "gameClock": "PT12M00.00S" if state is GameState.LIVE else "",
        "gameTimeUTC": iso(game.tip_off),
        "gameEt": eastern(game.tip_off),
        "regulationPeriods": 4,
        **dict.fromkeys(blank, ""),
        "ifNecessary": False,
        "gameSubtype": "",
        "isNeutral": False,
        "gameLeaders": leaders,
        "teamLeaders": {**{side: _averaged(one) for side, one in leaders.items()}, "seasonLeadersFlag": 0},
        "broadcasters": {
            **{f"national{kind}Broadcasters": [] for kind in ("", "Radio", "Ott")},
            **{f"{whose}{kind}Broadcasters": [] for whose in ("home", "away") for kind in _CHANNELS},
        },
        "homeTeam": _tile_team(game, state, standing[game.home]),
        "awayTeam": _tile_team(game, state, standing[game.away]),
    }


def _averaged(leader: Mapping[str, Any]) -> dict[str, Any]:
    """A leader of the season has averages; here they are those of the game."""
    return {**leader, **{name: float(leader[name]) for name in ("points", "rebounds", "assists")}}


def _tile_team(game: Game, state: GameState, record: Record) -> dict[str, Any]:
    return {
        **team_of(record.team),
        "teamSlug": team_slug(record.team),
        "wins": record.wins,
        "losses": record.losses,
        "seed": 0,
        "inBonus": None,
        "timeoutsRemaining": 0 if state is GameState.OVER else 7,
        **score_of(game, state, is_home=record.team is game.home),
    }


@functools.lru_cache(maxsize=256)
def _leading(game: Game, state: GameState, team: Team) -> tuple[Player, Line] | None:
    """What each look at a scoreboard would count anew."""
    plays = plays_told(game, state)
    return leader(box_of(game, plays, is_home=team is game.home)) if plays else None


def _leader(game: Game, state: GameState, team: Team) -> dict[str, Any]:
    leading = _leading(game, state, team)
    if leading is None:
        return {**_NOBODY, "points": 0, "rebounds": 0, "assists": 0}
    player, line = leading
    return {
        "personId": player.nba_id,
        "name": player.name,
        "playerSlug": player_slug(player),
        "jerseyNum": player.jersey,
        "position": player.position[0],
        "teamTricode": team.nba,
        "points": line.pts,
        "rebounds": line.trb,
        "assists": line.ast,
    }
