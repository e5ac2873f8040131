"""ESPN's summary of one game: header, box score and plays in one body. Which members there are depends on the state."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from adce_async.demo.espn.parts import minutes, slug_of, status_of, team_of
from adce_async.demo.league import GAME_SECONDS, Game, Team
from adce_async.demo.plays import ACTIVE, STARTERS, Kind, Line, Play, Player, box_of, roster, total
from adce_async.demo.site import GameState, periods_told, plays_told

_NO_PLACE = {"x": -214748340, "y": -214748365}
_COLUMNS = {
    "MIN": ("minutes", "Minutes"),
    "FG": ("fieldGoalsMade-fieldGoalsAttempted", "Field Goals Made/Attempted"),
    "3PT": ("threePointFieldGoalsMade-threePointFieldGoalsAttempted", "3-Point Field Goals Made/Attempted"),
    "FT": ("freeThrowsMade-freeThrowsAttempted", "Free Throws Made/Attempted"),
    "OREB": ("offensiveRebounds", "Offensive Rebounds"),
    "DREB": ("defensiveRebounds", "Defensive Rebounds"),
    "REB": ("rebounds", "Rebounds"),
    "AST": ("assists", "Assists"),
    "STL": ("steals", "Steals"),
    "BLK": ("blocks", "Blocks"),
    "TO": ("turnovers", "Turnovers"),
    "PF": ("fouls", "Personal Fouls"),
    "+/-": ("plusMinus", "Plus-Minus"),
    "PTS": ("points", "Points"),
}
_PERIODS = ("1st Quarter", "2nd Quarter", "3rd Quarter", "4th Quarter", "OT")
_PLAIN = {
    Kind.OFFENSIVE_REBOUND: ("156", "Offensive Rebound", " offensive rebound"),
    Kind.DEFENSIVE_REBOUND: ("155", "Defensive Rebound", " defensive rebound"),
    Kind.TURNOVER: ("64", "Traveling", " traveling"),
    Kind.FOUL: ("44", "Shooting Foul", " shooting foul"),
    Kind.END_GAME: ("402", "End Game", "End of Game"),
}
"""Plays whose wording is the player's name and a fixed text."""

_Box = Mapping[Player, Line]


def summary(game: Game, state: GameState) -> dict[str, Any]:
    """The body. Before the tip-off it has a `predictor` and no plays; only after the end an `article`."""
    plays = plays_told(game, state)
    event_id = game.event_id
    boxes = [(side, box_of(game, plays, is_home=side is game.home)) for side in (game.away, game.home)]
    body: dict[str, Any] = {
        "boxscore": _boxscore(game, boxes, played=bool(plays)),
        "format": {
            "regulation": {"periods": 4, "displayName": "Quarter", "slug": "quarter", "clock": 720.0},
            "overtime": {"clock": 300.0},
        },
        "gameInfo": _game_info(game),
        "leaders": [_leaders(team, box) for team, box in reversed(boxes)] if plays else [],
        "seasonseries": [],
        "injuries": [],
        "broadcasts": [],
        "pickcenter": [],
        "againstTheSpread": [],
        "odds": [],
        "news": {"header": "NBA News", "articles": []},
        "videos": [],
        "winprobability": [_probability(event_id, play, number) for number, play in enumerate(plays, start=4)],
        "wallclockAvailable": state is GameState.OVER,
        "header": _header(game, state),
    }
    if state is not GameState.LIVE:
        body["meta"] = {"gp_topic": f"gp-basketball-nba-{game.event_id}", "gameState": state.value}
    if state is GameState.BEFORE:
        return body | {"predictor": {"header": "Matchup Predictor"}, "lastFiveGames": [], "ticketsInfo": {}}
    body["plays"] = [_play(game, event_id, play, number) for number, play in enumerate(plays, start=4)]
    if state is GameState.OVER:
        body["article"] = {"type": "Recap", "gameId": game.event_id, "headline": "A game that was never played"}
    return body | {"standings": {"header": f"{game.season_end} Standings", "groups": []}}


def _header(game: Game, state: GameState) -> dict[str, Any]:
    uid = f"s:40~l:46~e:{game.event_id}"
    competition = {
        "id": game.event_id,
        "uid": f"{uid}~c:{game.event_id}",
        "date": minutes(game.tip_off),
        "neutralSite": False,
        "conferenceCompetition": False,
        "boxscoreAvailable": state is not GameState.BEFORE,
        "commentaryAvailable": False,
        "liveAvailable": state is GameState.LIVE,
        "onWatchESPN": False,
        "recent": False,
        "boxscoreSource": "full",
        "playByPlaySource": "full",
        "competitors": [_competitor(game, state, is_home=True), _competitor(game, state, is_home=False)],
        "status": _header_status(game, state),
        "broadcasts": [],
    }
    return {
        "id": game.event_id,
        "uid": uid,
        "season": {"year": game.season_end, "type": 3 if game.is_playoff else 2},
        "timeValid": True,
        "competitions": [competition],
        "links": [],
        "league": {"id": "46", "uid": "s:40~l:46", "abbreviation": "NBA", "slug": "nba", "isTournament": False},
    }


def _header_status(game: Game, state: GameState) -> dict[str, Any]:
    status = status_of(game, state)
    return status if state is GameState.LIVE else {"type": status["type"]}


def _competitor(game: Game, state: GameState, *, is_home: bool) -> dict[str, Any]:
    team = game.home if is_home else game.away
    entry: dict[str, Any] = {
        "id": team.espn_id,
        "uid": f"s:40~l:46~t:{team.espn_id}",
        "order": 0 if is_home else 1,
        "homeAway": "home" if is_home else "away",
        "team": team_of(team),
        "record": [{"type": "total", "summary": "12-12", "displayValue": "12-12"}],
        "possession": False,
    }
    if state is GameState.BEFORE:
        return entry
    periods = (game.home_periods if is_home else game.away_periods)[: periods_told(game, state)]
    entry |= {"score": str(sum(periods)), "linescores": [{"displayValue": str(points)} for points in periods]}
    if state is GameState.OVER:
        entry["winner"] = (game.home_points > game.away_points) is is_home
    return entry


def _game_info(game: Game) -> dict[str, Any]:
    venue = {"id": game.home.espn_id, "fullName": f"{game.home.location} Arena", "grass": False, "images": []}
    return {"venue": venue, "attendance": game.attendance, "officials": []}


def _boxscore(game: Game, boxes: Sequence[tuple[Team, _Box]], *, played: bool) -> dict[str, Any]:
    teams, players = [], []
    for order, (team, box) in enumerate(boxes, start=1):
        about = team_of(team) | {"slug": slug_of(team)}
        where = {"displayOrder": order, "homeAway": "home" if team is game.home else "away"}
        teams.append({"team": about, "statistics": _team_statistics(total(box.values())) if played else []} | where)
        lines = [_athlete(player, line, starter=n < STARTERS) for n, (player, line) in enumerate(box.items())]
        lines += [_did_not_play(player) for player in roster(game.seed, team)[ACTIVE:]]
        table = {
            "names": list(_COLUMNS),
            "keys": [key for key, _ in _COLUMNS.values()],
            "labels": list(_COLUMNS),
            "descriptions": [description for _, description in _COLUMNS.values()],
            "athletes": lines,
            "totals": ["", *_stats(total(box.values()))[1:12], "", str(total(box.values()).pts)],
        }
        players.append({"team": about, "statistics": [table], "displayOrder": order})
    return {"teams": teams, "players": players} if played else {"teams": teams}


def _stats(line: Line) -> list[str]:
    counts = (line.orb, line.drb, line.trb, line.ast, line.stl, line.blk, line.tov, line.pf)
    made = [f"{line.fg}-{line.fga}", f"{line.fg3}-{line.fg3a}", f"{line.ft}-{line.fta}"]
    return [str(line.seconds // 60), *made, *map(str, counts), f"{line.plus_minus:+d}", str(line.pts)]


def _team_statistics(line: Line) -> list[dict[str, str]]:
    def percent(made: int, tried: int) -> str:
        return f"{100 * made / tried:.1f}" if tried else "0.0"

    rows = (
        ("fieldGoalsMade-fieldGoalsAttempted", f"{line.fg}-{line.fga}", "FG"),
        ("fieldGoalPct", percent(line.fg, line.fga), "Field Goal %"),
        ("threePointFieldGoalsMade-threePointFieldGoalsAttempted", f"{line.fg3}-{line.fg3a}", "3PT"),
        ("threePointFieldGoalPct", percent(line.fg3, line.fg3a), "Three Point %"),
        ("freeThrowsMade-freeThrowsAttempted", f"{line.ft}-{line.fta}", "FT"),
        ("freeThrowPct", percent(line.ft, line.fta), "Free Throw %"),
        ("totalRebounds", str(line.trb), "Rebounds"),
        ("offensiveRebounds", str(line.orb), "Offensive Rebounds"),
        ("defensiveRebounds", str(line.drb), "Defensive Rebounds"),
        ("assists", str(line.ast), "Assists"),
        ("steals", str(line.stl), "Steals"),
        ("blocks", str(line.blk), "Blocks"),
        ("turnovers", str(line.tov), "Turnovers"),
        ("fouls", str(line.pf), "Fouls"),
    )
    return [{"name": name, "displayValue": value, "label": label} for name, value, label in rows]


def _about(player: Player) -> dict[str, Any]:
    return {
        "id": player.espn_id,
        "uid": f"s:40~l:46~a:{player.espn_id}",
        "displayName": player.name,
        "shortName": player.short,
        "jersey": player.jersey,
        "position": {"name": player.position, "displayName": player.position, "abbreviation": player.position[0]},
    }


def _athlete(player: Player, line: Line, *, starter: bool) -> dict[str, Any]:
    return {
        "active": False,
        "athlete": _about(player),
        "starter": starter,
        "didNotPlay": False,
        "reason": "COACH'S DECISION",  # ESPN has it for those who played, too
        "ejected": False,
        "stats": _stats(line),
    }


def _did_not_play(player: Player) -> dict[str, Any]:
    return _athlete(player, Line(), starter=False) | {"didNotPlay": True, "stats": []}


def _leaders(team: Team, box: _Box) -> dict[str, Any]:
    def best(name: str, label: str, values: Mapping[Player, int]) -> dict[str, Any]:
        player = max(values, key=lambda one: values[one])
        athlete = _about(player) | {"position": {"abbreviation": player.position[0]}}
        leader = {"displayValue": str(values[player]), "athlete": athlete}
        return {"name": name, "displayName": label, "leaders": [leader]}

    entries = [
        best("points", "Points", {player: line.pts for player, line in box.items()}),
        best("rebounds", "Rebounds", {player: line.trb for player, line in box.items()}),
        best("assists", "Assists", {player: line.ast for player, line in box.items()}),
    ]
    about = {
        name: value for name, value in team_of(team).items() if name in ("id", "uid", "displayName", "abbreviation")
    }
    return {"team": about, "leaders": entries}


def _probability(event_id: str, play: Play, number: int) -> dict[str, Any]:
    margin = play.home_score - play.away_score
    home = 1 / (1 + math.exp(-margin / 6)) if play.kind is not Kind.END_GAME else float(margin > 0)
    return {"homeWinPercentage": round(home, 3), "tiePercentage": 0.0, "playId": f"{event_id}{number}"}


def _play(game: Game, event_id: str, play: Play, number: int) -> dict[str, Any]:
    kind_id, kind, text = wording(game, play)
    periods = len(game.home_periods)
    shooting = play.kind in (Kind.MAKE, Kind.MISS)
    entry: dict[str, Any] = {
        "id": f"{event_id}{number}",
        "sequenceNumber": str(number),
        "type": {"id": kind_id, "text": kind},
        "text": text,
        "awayScore": play.away_score,
        "homeScore": play.home_score,
        "period": {"number": play.period, "displayValue": _PERIODS[min(play.period, 5) - 1]},
        "clock": {"displayValue": clock_text(play.clock)},
        "scoringPlay": play.made,
        "scoreValue": play.points,
    }
    if play.is_home is not None:
        entry["team"] = {"id": (game.home if play.is_home else game.away).espn_id}
    if play.player is not None:
        players = (play.player, play.other) if play.other else (play.player,)
        entry["participants"] = [{"athlete": {"id": player.espn_id}} for player in players]
    entry["wallclock"] = _wallclock(game.tip_off + GAME_SECONDS * (play.period - play.clock / 720) / periods)
    entry["shootingPlay"] = shooting or play.kind is Kind.FREE_THROW
    entry["coordinate"] = {"x": 25, "y": play.distance} if shooting else _NO_PLACE
    return entry


def _wallclock(at: float) -> str:
    """The same as `clock.iso`, without strftime: which took a fifth of all the time of a summary."""
    return dt.datetime.fromtimestamp(int(at), dt.UTC).isoformat()[:19] + "Z"


def clock_text(seconds: float) -> str:
    """`11:32`; tenths in the last minute."""
    if seconds < 60:
        return f"{seconds:.1f}"
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def wording(game: Game, play: Play) -> tuple[str, str, str]:
    """Type id, type and text of a play, as ESPN has them."""
    who = play.player.short if play.player else ""
    other = play.other.short if play.other else ""
    number, tries = play.attempt
    match play.kind:
        case Kind.MAKE | Kind.MISS:
            return _shot_wording(play, who, other)
        case Kind.FREE_THROW:
            verb = "makes" if play.made else "misses"
            text = f"{who} {verb} free throw {number} of {tries}"
            return ("98" if number == 1 else "99"), f"Free Throw - {number} of {tries}", text
        case Kind.TURNOVER if other:
            return "62", "Bad Pass\nTurnover", f"{who} bad pass ({other} steals)"
        case Kind.SUBSTITUTION:
            return "584", "Substitution", f"{who} enters the game for {other}"
        case Kind.JUMP_BALL:
            return "615", "Jumpball", f"{who} vs. {other} ({who} gains possession)"
        case Kind.TIMEOUT:
            return "16", "Full Timeout", f"{(game.home if play.is_home else game.away).name} Full timeout"
        case Kind.END_PERIOD:
            return "412", "End Period", f"End of the {_PERIODS[min(play.period, 5) - 1]}"
    kind, label, text = _PLAIN[play.kind]
    return kind, label, who + text


def _shot_wording(play: Play, who: str, other: str) -> tuple[str, str, str]:
    close = play.worth == 2 and play.distance <= 4
    shot = "three point jumper" if play.worth == 3 else "layup" if close else "two point shot"
    kind = ("95", "Layup Shot") if close else ("92", "Jump Shot")
    if play.made:
        text = f"{who} makes {play.distance}-foot {shot}" + (f" ({other} assists)" if other else "")
    else:
        text = f"{other} blocks {who} 's {play.distance}-foot {shot}" if other else f"{who} misses {shot}"
    return *kind, text
