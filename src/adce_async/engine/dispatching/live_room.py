"""Room in the limits for games that are on: what else a source has to do leaves unused what the night needs.

Windows of a minute are free again in time; one of an hour that is used up would keep a final from the lake until it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from adce_async.planning.live import LiveRules, room_needed

LONGEST_SECONDS = 60.0
"""What is held back is looked at again so soon: what the night needs has become less by then."""

KEPT = "room in the limits is kept for games that are on (live_games.keep_room)"


class Keeping(Protocol):
    """The limiter of a source, or of all."""

    def delay_keeping(self, kept: Callable[[float], int]) -> float:
        """See `RateLimiter`."""
        ...


@dataclass(frozen=True, slots=True)
class Need:
    """What a source's night needs: games that are not over, and requests for each."""

    games: int
    requests_each: int


class LiveRoom:
    """`planning.dispatch.Room`: given needs by who watches games, asked by the dispatcher."""

    def __init__(self, limiters: Mapping[str, Keeping], overall: Keeping, rules: LiveRules) -> None:
        self._limiters = limiters
        self._overall = overall
        self._rules = rules
        self._needs: Mapping[str, Need] = {}

    def apply(self, rules: LiveRules) -> None:
        """Keep room by these from now on."""
        self._rules = rules

    def keep(self, needs: Mapping[str, Need]) -> None:
        """What each source with games needs, from now on."""
        self._needs = needs

    def active(self) -> LiveRoom | None:
        """Itself while there is something to keep."""
        return self if self._needs and self._rules.keep_room else None

    @property
    def sources(self) -> AbstractSet[str]:
        """Whose games are on."""
        return self._needs.keys()

    def wait(self, source: str) -> float:
        """Seconds until something of `source` that is of no game may start."""
        wait = self._overall.delay_keeping(partial(self._kept, self._needs))
        if need := self._needs.get(source):
            wait = max(wait, self._limiters[source].delay_keeping(partial(self._kept, {source: need})))
        return min(wait, LONGEST_SECONDS)

    def why(self, source: str) -> str:
        """Why something of `source` that is of no game does not start now; '' if nothing of it is held back."""
        return KEPT if self.active() is not None and self.wait(source) > 0 else ""

    def _kept(self, needs: Mapping[str, Need], seconds: float) -> int:
        """Requests to leave unused in a window of `seconds`."""
        each = (room_needed(one.games, one.requests_each, seconds, self._rules) for one in needs.values())
        return math.ceil(sum(each))
