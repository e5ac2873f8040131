"""Play-by-play of stats.nba.com (V3): a line more where a period begins, none where the game ends.

A steal or a block is a line of its own behind the turnover or the miss, with the same number. The score stands only
where it changes.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from adce_async.demo.league import Game
from adce_async.demo.nba_api.parts import Counts, clock_of, instant_of, meta, place_of, with_starts
from adce_async.demo.plays import Kind, Play, Player, period_seconds
from adce_async.demo.site import GameState, plays_told
from adce_async.model.days import EASTERN, from_iso

_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th")


def play_by_play(game: Game, state: GameState, at: float) -> dict[str, Any]:
    """`playbyplayv3`."""
    telling = _PlayByPlay(game)
    for play, begins in with_starts(plays_told(game, state)):
        telling.tell(play, begins=begins)
    return {
        "meta": meta(f"games/{game.nba_id}/playbyplay", at),
        "game": {"gameId": game.nba_id, "videoAvailable": 0, "actions": telling.actions},
    }


class _PlayByPlay:
    """The lines of one game, with the counts that their texts name."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.actions: list[dict[str, Any]] = []
        self.counts = Counts()
        self.number = 0

    def tell(self, play: Play, *, begins: bool) -> None:
        """Add the lines of a play (or of the beginning of its period)."""
        self.number += 2
        if begins:
            self._period(play, "Start", float(period_seconds(play.period)))
            return
        match play.kind:
            case Kind.END_PERIOD:
                self._period(play, "End", 0.0)
            case Kind.MAKE | Kind.MISS:
                self._shot(play)
            case Kind.FREE_THROW:
                self._free_throw(play)
            case Kind.OFFENSIVE_REBOUND | Kind.DEFENSIVE_REBOUND:
                self._rebound(play)
            case Kind.TURNOVER:
                self._turnover(play)
            case Kind.FOUL:
                text = f"{_last(play.player)} S.FOUL (P{self._add('PF', play)}.T{self._add_team('TF', play)})"
                self._line(play, "Foul", "Shooting", text)
            case Kind.SUBSTITUTION:
                text = f"SUB: {_last(play.player)} FOR {_last(play.other)}"
                self._line(play, "Substitution", "", text, of=play.other)
            case Kind.TIMEOUT:
                self._timeout(play)
            case Kind.JUMP_BALL:
                text = f"Jump Ball {_last(play.player)} vs. {_last(play.other)}: Tip to {_last(play.player)}"
                self._line(play, "Jump Ball", "", text)

    def _period(self, play: Play, word: str, clock: float) -> None:
        name = f"{_ORDINALS[play.period - 1]} Period" if play.period <= 4 else f"{_ORDINALS[play.period - 5]} OT"
        when = dt.datetime.fromtimestamp(from_iso(instant_of(self.game, play)), EASTERN)
        text = f"{word} of {name} ({when.hour % 12 or 12}:{when:%M %p %Z})"
        self._line(play, "period", word.lower(), text, scored=True, clock=clock)

    def _shot(self, play: Play) -> None:
        close = play.worth == 2 and play.distance <= 4
        shot = f"{play.distance}' " + ("3PT Jump Shot" if play.worth == 3 else "Layup" if close else "Jump Shot")
        made = play.kind is Kind.MAKE
        text = f"{_last(play.player)} {shot}" if made else f"MISS {_last(play.player)} {shot}"
        if made:
            text += f" ({self._add('PTS', play, play.points)} PTS)"
            if play.other:
                text += f" ({_last(play.other)} {self.counts.add('AST', play.other)} AST)"
        kind, result = ("Made Shot", "Made") if made else ("Missed Shot", "Missed")
        x, y = place_of(play, self.number)
        place: dict[str, Any] = {
            "xLegacy": x,
            "yLegacy": y,
            "shotDistance": play.distance,
            "shotResult": result,
            "isFieldGoal": 1,
        }
        sub = "Layup Shot" if close else "Jump Shot"
        self._line(play, kind, sub, text, scored=made, shotValue=play.worth, **place)
        if not made and play.other:
            text = f"{_last(play.other)} BLOCK ({self.counts.add('BLK', play.other)} BLK)"
            self._line(play, "", "", text, of=play.other, theirs=True, shotValue=play.worth)

    def _free_throw(self, play: Play) -> None:
        name = f"Free Throw {play.attempt[0]} of {play.attempt[1]}"
        text = f"{_last(play.player)} {name}" + (f" ({self._add('PTS', play, 1)} PTS)" if play.made else "")
        self._line(play, "Free Throw", name, text if play.made else f"MISS {text}", scored=play.made)

    def _rebound(self, play: Play) -> None:
        self._add("ORB" if play.kind is Kind.OFFENSIVE_REBOUND else "DRB", play)
        off, defensive = (self.counts.of(what, play.player) for what in ("ORB", "DRB"))
        self._line(play, "Rebound", "Unknown", f"{_last(play.player)} REBOUND (Off:{off} Def:{defensive})")

    def _turnover(self, play: Play) -> None:
        kind = "Bad Pass" if play.other else "Traveling"
        text = f"{_last(play.player)} {kind} Turnover (P{self._add('TOV', play)}.T{self._add_team('TTO', play)})"
        self._line(play, "Turnover", kind, text)
        if play.other:
            text = f"{_last(play.other)} STEAL ({self.counts.add('STL', play.other)} STL)"
            self._line(play, "", "", text, of=play.other, theirs=True)

    def _timeout(self, play: Play) -> None:
        """A team's own line names the team where others name a player."""
        team = self.game.home if play.is_home else self.game.away
        text = f"{team.name} Timeout: Regular (Full {self._add_team('TO', play)} Short 0)"
        self._line(play, "Timeout", "Regular", text, teamId=0, teamTricode="", personId=team.nba_id)

    def _add(self, what: str, play: Play, count: int = 1) -> int:
        return self.counts.add(what, play.player, count)

    def _add_team(self, what: str, play: Play) -> int:
        return self.counts.add(what, play.is_home)

    def _line(
        self,
        play: Play,
        kind: str,
        sub: str,
        text: str,
        *,
        of: Player | None = None,
        theirs: bool = False,
        scored: bool = False,
        clock: float | None = None,
        **changes: Any,
    ) -> None:
        """`of`: whose line it is, if not the player's; `theirs`: he is of the other team."""
        player = of or play.player
        is_home = None if play.is_home is None else play.is_home is not theirs
        team = None if is_home is None or kind == "period" else self.game.home if is_home else self.game.away
        total = play.home_score + play.away_score
        line = {
            "actionNumber": self.number,
            "clock": clock_of(play.clock if clock is None else clock),
            "period": play.period,
            "teamId": team.nba_id if team else 0,
            "teamTricode": team.nba if team else "",
            "personId": player.nba_id if team and player else 0,
            "playerName": _last(player) if team else "",
            "playerNameI": player.short if team and player else "",
            **dict.fromkeys(("xLegacy", "yLegacy", "shotDistance"), 0),
            "shotResult": "",
            "isFieldGoal": 0,
            "scoreHome": str(play.home_score) if scored else "",
            "scoreAway": str(play.away_score) if scored else "",
            "pointsTotal": total if scored else 0,
            "location": "" if not team else "h" if is_home else "v",
            "description": text,
            "actionType": kind,
            "subType": sub,
            "videoAvailable": 0,
            "shotValue": 0,
            "actionId": len(self.actions) + 1,
        }
        self.actions.append(line | changes)


def _last(player: Player | None) -> str:
    return player.last if player else ""
