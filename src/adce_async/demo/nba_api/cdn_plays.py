"""Play-by-play of cdn.nba.com: an action `game`/`end` ends it, and each action has the score.

Which members an action has depends on what it is. A substitution is two actions, one out and one in.
"""

from __future__ import annotations

from typing import Any

from adce_async.demo.league import Game
from adce_async.demo.nba_api.parts import Counts, cdn_meta, clock_of, instant_of, period_type, place_of, with_starts
from adce_async.demo.plays import Kind, Play, Player, period_seconds
from adce_async.demo.site import GameState, plays_told

_COURT_FEET = (94.0, 50.0)
_BASKET_FEET = 5.25


def play_by_play(game: Game, state: GameState, at: float) -> dict[str, Any]:
    """`playbyplay_{id}.json`; of a game that has begun."""
    telling = _PlayByPlay(game)
    for play, begins in with_starts(plays_told(game, state)):
        telling.tell(play, begins=begins)
    return {
        "meta": cdn_meta(f"games/{game.nba_id}/playbyplay", at),
        "game": {"gameId": game.nba_id, "actions": telling.actions},
    }


class _PlayByPlay:
    """The actions of one game, with the counts that they name."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.actions: list[dict[str, Any]] = []
        self.counts = Counts()
        self.shot = 0
        """Number of the last shot, which a rebound refers to."""

    def tell(self, play: Play, *, begins: bool) -> None:
        """Add the actions of a play (or of the beginning of its period)."""
        if begins:
            self._line(play, "period", "start", "Period Start", clock=float(period_seconds(play.period)))
            return
        match play.kind:
            case Kind.END_PERIOD:
                self._line(play, "period", "end", "Period End")
            case Kind.END_GAME:
                self._line(play, "game", "end", "Game End")
            case Kind.MAKE | Kind.MISS:
                self._shot(play)
            case Kind.FREE_THROW:
                self._free_throw(play)
            case Kind.OFFENSIVE_REBOUND | Kind.DEFENSIVE_REBOUND:
                self._rebound(play)
            case Kind.TURNOVER:
                self._turnover(play)
            case Kind.FOUL:
                self._foul(play)
            case Kind.SUBSTITUTION:
                for player, way in ((play.other, "out"), (play.player, "in")):
                    self._line(play, "substitution", way, f"SUB {way}: {_short(player)}", of=player)
            case Kind.TIMEOUT:
                team = self.game.home if play.is_home else self.game.away
                self._line(play, "timeout", "full", f"{team.nba} Timeout", qualifiers=["team"])
            case Kind.JUMP_BALL:
                self._jump_ball(play)

    def _shot(self, play: Play) -> None:
        made = play.kind is Kind.MAKE
        close = play.worth == 2 and play.distance <= 4
        name = "Layup" if close else "3PT " if play.worth == 3 else "Jump Shot"
        text = f"{_short(play.player)} {play.distance}' {name}"
        extra: dict[str, Any] = {"shotResult": "Made" if made else "Missed"}
        involved = [play.player]
        if made:
            points = self._add("PTS", play, play.points)
            extra["pointsTotal"] = points
            text += f" ({points} PTS)"
            if play.other:
                assists = self.counts.add("AST", play.other)
                text += f" ({_short(play.other)} {assists} AST)"
                extra |= {
                    "assistPlayerNameInitial": _short(play.other),
                    "assistPersonId": play.other.nba_id,
                    "assistTotal": assists,
                }
                involved.append(play.other)
        elif play.other:
            text += " - blocked"
            extra |= {"blockPlayerName": play.other.last, "blockPersonId": play.other.nba_id}
            involved.append(play.other)
        kind, sub = f"{play.worth}pt", "Layup" if close else "Jump Shot"
        ids = [player.nba_id for player in involved if player]
        text = text if made else f"MISS {text}"
        self._line(play, kind, sub, text, personIdsFilter=ids, isFieldGoal=1, **self._place(play), **extra)
        self.shot = len(self.actions)
        if not made and play.other:
            text = f"{_short(play.other)} BLOCK ({self.counts.add('BLK', play.other)} BLK)"
            self._line(play, "block", "", text, of=play.other, theirs=True)

    def _place(self, play: Play) -> dict[str, Any]:
        x, y = place_of(play, len(self.actions))
        left = bool(play.is_home) is (play.period > 2)
        along, across = (_BASKET_FEET + y / 10) / _COURT_FEET[0] * 100, 50 + x / 10 / _COURT_FEET[1] * 100
        far, close = play.worth == 3, play.distance <= 4
        return {
            "x": along if left else 100 - along,
            "y": across,
            "side": "left" if left else "right",
            "area": "Above the Break 3" if far else "Restricted Area" if close else "Mid-Range",
            "areaDetail": "24+ Center" if far else "0-8 Center" if play.distance <= 8 else "8-16 Center",
            "shotDistance": float(play.distance),
            "xLegacy": x,
            "yLegacy": y,
        }

    def _free_throw(self, play: Play) -> None:
        number = f"{play.attempt[0]} of {play.attempt[1]}"
        text = f"{_short(play.player)} Free Throw {number}"
        if play.made:
            points = self._add("PTS", play)
            self._line(play, "freethrow", number, f"{text} ({points} PTS)", shotResult="Made", pointsTotal=points)
        else:
            self._line(play, "freethrow", number, f"MISS {text}", shotResult="Missed")
            self.shot = len(self.actions)

    def _rebound(self, play: Play) -> None:
        offensive = play.kind is Kind.OFFENSIVE_REBOUND
        self._add("ORB" if offensive else "DRB", play)
        off, defensive = (self.counts.of(what, play.player) for what in ("ORB", "DRB"))
        text = f"{_short(play.player)} REBOUND (Off:{off} Def:{defensive})"
        totals: dict[str, Any] = {
            "reboundTotal": off + defensive,
            "reboundDefensiveTotal": defensive,
            "reboundOffensiveTotal": off,
        }
        sub = "offensive" if offensive else "defensive"
        self._line(play, "rebound", sub, text, shotActionNumber=self.shot, **totals)

    def _turnover(self, play: Play) -> None:
        kind = "bad pass" if play.other else "traveling"
        count = self._add("TOV", play)
        text = f"{_short(play.player)} {kind} TURNOVER ({count} TO)"
        stolen: dict[str, Any] = {}
        if play.other:
            stolen = {"stealPlayerName": play.other.last, "stealPersonId": play.other.nba_id}
        self._line(play, "turnover", kind, text, turnoverTotal=count, **stolen)
        if play.other:
            text = f"{_short(play.other)} STEAL ({self.counts.add('STL', play.other)} STL)"
            self._line(play, "steal", "", text, of=play.other, theirs=True)

    def _foul(self, play: Play) -> None:
        count = self._add("PF", play)
        text = f"{_short(play.player)} shooting personal FOUL ({count} PF)"
        totals: dict[str, Any] = {"foulPersonalTotal": count, "foulTechnicalTotal": 0}
        self._line(play, "foul", "personal", text, descriptor="shooting", qualifiers=["2freethrow"], **totals)

    def _jump_ball(self, play: Play) -> None:
        if play.player is None or play.other is None:
            return
        text = f"Jump Ball {play.player.short} vs. {play.other.short}: Tip to {play.player.short}"
        won, lost = play.player, play.other
        told: dict[str, Any] = {
            "jumpBallRecoveredName": won.short,
            "jumpBallRecoverdPersonId": won.nba_id,
            "jumpBallWonPlayerName": won.last,
            "jumpBallWonPersonId": won.nba_id,
            "jumpBallLostPlayerName": lost.last,
            "jumpBallLostPersonId": lost.nba_id,
        }
        self._line(play, "jumpball", "recovered", text, descriptor="startperiod", **told)

    def _add(self, what: str, play: Play, count: int = 1) -> int:
        return self.counts.add(what, play.player, count)

    def _line(
        self,
        play: Play,
        kind: str,
        sub: str,
        text: str,
        *,
        of: Player | None = None,
        theirs: bool = False,
        clock: float | None = None,
        **more: Any,
    ) -> None:
        """`of`: whose action it is, if not the player's; `theirs`: he is of the other team."""
        player = of or play.player
        alone = play.is_home is None or kind in ("period", "game")
        team = None if alone else self.game.home if play.is_home is not theirs else self.game.away
        attacking = self.game.home if play.is_home else self.game.away
        at = instant_of(self.game, play)
        number = len(self.actions) + 1
        named = team is not None and player is not None and kind != "timeout"
        line: dict[str, Any] = {
            "actionNumber": number,
            "clock": clock_of(play.clock if clock is None else clock),
            "timeActual": f"{at[:-1]}.0Z",
            "period": play.period,
            "periodType": period_type(play.period),
            **({"teamId": team.nba_id, "teamTricode": team.nba} if team else {}),
            "actionType": kind,
            "subType": sub,
            "qualifiers": [],
            "personId": player.nba_id if named and player else 0,
            **dict.fromkeys(("x", "y", "side", "xLegacy", "yLegacy")),
            "possession": 0 if alone else attacking.nba_id,
            "scoreHome": str(play.home_score),
            "scoreAway": str(play.away_score),
            "edited": at,
            "orderNumber": number * 10_000,
            "isTargetScoreLastPeriod": False,
            "isFieldGoal": 0,
            "description": text,
            "personIdsFilter": [player.nba_id] if named and player else [],
        }
        if named and player:
            line |= {"playerName": player.last, "playerNameI": player.short}
        self.actions.append(line | more)


def _short(player: Player | None) -> str:
    return player.short if player else ""
