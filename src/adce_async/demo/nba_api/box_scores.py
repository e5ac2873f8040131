"""Box scores of nba.com: V3 of stats.nba.com, and the live one of cdn.nba.com.

What the plays of the league do not tell (fast breaks, fouls drawn, second chances) is 0.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

from adce_async.demo.league import Game, Team
from adce_async.demo.nba_api.parts import (
    cdn_meta,
    clock_of,
    code_of,
    meta,
    player_slug,
    score_of,
    share,
    status_of,
    team_of,
    team_slug,
)
from adce_async.demo.plays import ACTIVE, STARTERS, Line, Play, Player, box_of, roster, total
from adce_async.demo.site import GameState, plays_told
from adce_async.model.days import EASTERN, iso

_DNP = "DNP - Coach's Decision"
_PLACES = ("SF", "PF", "C", "SG", "PG")
_SHARES = (
    ("fieldGoals", "fg", "fga"),
    ("threePointers", "fg3", "fg3a"),
    ("freeThrows", "ft", "fta"),
)


def traditional(game: Game, state: GameState, at: float) -> dict[str, Any]:
    """`boxscoretraditionalv3`. It has no status: a game under way shows in its minutes, one to come in its absences."""
    plays = plays_told(game, state)
    sides = {}
    for name, team in (("homeTeam", game.home), ("awayTeam", game.away)):
        box = box_of(game, plays, is_home=team is game.home) if plays else {}
        sides[name] = _v3_side(team, box, roster(game.seed, team)[ACTIVE:] if plays else ())
    return {
        "meta": meta(f"games/{game.nba_id}/boxscoretraditional", at),
        "boxScoreTraditional": {
            "gameId": game.nba_id,
            "awayTeamId": game.away.nba_id,
            "homeTeamId": game.home.nba_id,
            **sides,
        },
    }


def _v3_side(team: Team, box: Mapping[Player, Line], rest: tuple[Player, ...]) -> dict[str, Any]:
    lines = list(box.values())
    players = [_v3_player(player, line, number) for number, (player, line) in enumerate(box.items())]
    players += [_v3_player(player, None, ACTIVE) for player in rest]
    parts = {"starters": lines[:STARTERS], "bench": lines[STARTERS:]}
    return {
        **team_of(team),
        "teamSlug": team_slug(team),
        "players": players,
        "statistics": _v3_line(total(lines)),
        **{name: _without_margin(_v3_line(total(part))) for name, part in parts.items()},
    }


def _v3_player(player: Player, line: Line | None, number: int) -> dict[str, Any]:
    return {
        "personId": player.nba_id,
        "firstName": player.first,
        "familyName": player.last,
        "nameI": player.short,
        "playerSlug": player_slug(player),
        "position": player.position[0] if number < STARTERS else "",
        "comment": _DNP if line is None else "",
        "jerseyNum": player.jersey,
        "statistics": {**_v3_line(Line()), "minutes": ""} if line is None else _v3_line(line),
    }


def _v3_line(line: Line) -> dict[str, Any]:
    return {
        "minutes": f"{line.seconds // 60}:{line.seconds % 60:02d}",
        **_shot_counts(line, digits=3),
        **_counts(line),
        "plusMinusPoints": float(line.plus_minus),
    }


def _without_margin(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "plusMinusPoints"}


def _shot_counts(line: Line, digits: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, made, tried in _SHARES:
        counts = getattr(line, made), getattr(line, tried)
        found |= {f"{name}Made": counts[0], f"{name}Attempted": counts[1], f"{name}Percentage": share(*counts, digits)}
    return found


def _counts(line: Line) -> dict[str, Any]:
    return {
        "reboundsOffensive": line.orb,
        "reboundsDefensive": line.drb,
        "reboundsTotal": line.trb,
        "assists": line.ast,
        "steals": line.stl,
        "blocks": line.blk,
        "turnovers": line.tov,
        "foulsPersonal": line.pf,
        "points": line.pts,
    }


def live(game: Game, state: GameState, at: float) -> dict[str, Any]:
    """`boxscore_{id}.json` of cdn.nba.com; of a game that has begun."""
    plays = plays_told(game, state)
    sides = {}
    for name, team in (("homeTeam", game.home), ("awayTeam", game.away)):
        box = box_of(game, plays, is_home=team is game.home)
        sides[name] = {
            **team_of(team),
            **score_of(game, state, is_home=team is game.home),
            "inBonus": "0",
            "timeoutsRemaining": 2,
            "players": _live_players(game, team, box),
            "statistics": _live_team(game, team, box, plays),
        }
    return {
        "meta": cdn_meta(f"games/{game.nba_id}/boxscore", at),
        "game": {
            "gameId": game.nba_id,
            **dict.fromkeys(("gameTimeLocal", "gameTimeHome", "gameTimeAway", "gameEt"), _local(game.tip_off)),
            "gameTimeUTC": iso(game.tip_off),
            "duration": 136,
            "gameCode": code_of(game),
            **status_of(game, state),
            "regulationPeriods": 4,
            "period": plays[-1].period,
            "gameClock": "PT00M00.00S",
            "attendance": game.attendance,
            "sellout": "0",
            "arena": _arena(game),
            "officials": [],
            **sides,
        },
    }


def _local(at: float) -> str:
    return dt.datetime.fromtimestamp(at, EASTERN).isoformat()


def _arena(game: Game) -> dict[str, Any]:
    return {
        "arenaId": int(game.home.espn_id),
        "arenaName": f"{game.home.location} Arena",
        "arenaCity": game.home.location,
        "arenaState": "",
        "arenaCountry": "US",
        "arenaTimezone": "America/New_York",
    }


def _live_players(game: Game, team: Team, box: Mapping[Player, Line]) -> list[dict[str, Any]]:
    found = []
    for number, player in enumerate(roster(game.seed, team)):
        line, played, starts = box.get(player, Line()), player in box, number < STARTERS
        entry = {
            "status": "ACTIVE" if played else "INACTIVE",
            "order": number + 1,
            "personId": player.nba_id,
            "jerseyNum": player.jersey,
            **({"position": _PLACES[number]} if starts else {}),
            "starter": "1" if starts else "0",
            "oncourt": "0",
            "played": "1" if played else "0",
            "statistics": _live_line(line),
            "name": player.name,
            "nameI": player.short,
            "firstName": player.first,
            "familyName": player.last,
        }
        found.append(entry if played else entry | {"notPlayingReason": "INACTIVE_COACH"})
    return found


def _live_line(line: Line) -> dict[str, Any]:
    return {
        **_shot_counts(line, digits=15),
        **_counts(line),
        **_two_pointers(line),
        **_minutes(line.seconds),
        **dict.fromkeys(("blocksReceived", "foulsOffensive", "foulsDrawn", "foulsTechnical"), 0),
        **dict.fromkeys(("pointsFastBreak", "pointsInThePaint", "pointsSecondChance"), 0),
        **dict.fromkeys(("minus", "plus"), 0.0),
        "plusMinusPoints": float(line.plus_minus),
    }


def _two_pointers(line: Line) -> dict[str, Any]:
    made, tried = line.fg - line.fg3, line.fga - line.fg3a
    return {
        "twoPointersMade": made,
        "twoPointersAttempted": tried,
        "twoPointersPercentage": share(made, tried, 15),
    }


def _minutes(seconds: int) -> dict[str, str]:
    minutes, rest = divmod(seconds, 60)
    return {"minutes": f"PT{minutes:02d}M{rest:02d}.00S", "minutesCalculated": f"PT{minutes:02d}M"}


_NOT_TOLD = (
    "blocksReceived", "fastBreakPointsAttempted", "fastBreakPointsMade", "foulsOffensive", "foulsDrawn",
    "foulsTechnical", "foulsTeamTechnical", "pointsFastBreak", "pointsFromTurnovers", "pointsInThePaint",
    "pointsInThePaintAttempted", "pointsInThePaintMade", "pointsSecondChance", "reboundsTeam",
    "reboundsTeamDefensive", "reboundsTeamOffensive", "secondChancePointsAttempted", "secondChancePointsMade",
    "teamFieldGoalAttempts", "turnoversTeam",
)  # fmt: skip
_NOT_TOLD_SHARES = ("fastBreakPointsPercentage", "pointsInThePaintPercentage", "secondChancePointsPercentage")


def _live_team(game: Game, team: Team, box: Mapping[Player, Line], plays: tuple[Play, ...]) -> dict[str, Any]:
    line = total(box.values())
    chances = line.fga + 0.44 * line.fta
    against = plays[-1].away_score if team is game.home else plays[-1].home_score
    return {
        **_shot_counts(line, digits=15),
        **_counts(line),
        **_two_pointers(line),
        **_minutes(line.seconds),
        **dict.fromkeys(_NOT_TOLD, 0),
        **dict.fromkeys(_NOT_TOLD_SHARES, 0.0),
        **_course(plays, is_home=team is game.home),
        "assistsTurnoverRatio": share(line.ast, line.tov, 15),
        "benchPoints": sum(one.pts for one in list(box.values())[STARTERS:]),
        "fieldGoalsEffectiveAdjusted": share(line.fg + line.fg3 / 2, line.fga, 15),
        "foulsTeam": line.pf,
        "pointsAgainst": against,
        "reboundsPersonal": line.trb,
        "trueShootingAttempts": round(chances, 2),
        "trueShootingPercentage": share(line.pts / 2, chances, 15),
        "turnoversTotal": line.tov,
    }


def _course(plays: tuple[Play, ...], *, is_home: bool) -> dict[str, Any]:
    """How the score went: leads, ties, runs."""
    margins = [play.home_score - play.away_score if is_home else play.away_score - play.home_score for play in plays]
    changes = [after for before, after in itertools.pairwise(margins) if before != after]
    signs = [change > 0 for change in changes if change]
    run = longest = 0
    for play in plays:
        if play.points:
            run = run + play.points if play.is_home is is_home else 0
            longest = max(longest, run)
    lead = max(margins)
    found = {
        "biggestLead": max(lead, 0),
        "biggestScoringRun": longest,
        "biggestScoringRunScore": "",
        "leadChanges": sum(one is not other for one, other in itertools.pairwise(signs)),
        "timesTied": changes.count(0),
        "timeLeading": clock_of(0.0),
    }
    if lead <= 0:
        return found
    play = plays[margins.index(lead)]
    return found | {"biggestLeadScore": f"{play.away_score}-{play.home_score}"}


def leader(box: Mapping[Player, Line]) -> tuple[Player, Line]:
    """Who scored the most."""
    return max(box.items(), key=lambda item: item[1].pts)
