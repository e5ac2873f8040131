"""A lane a source: how many of its tasks may run at once, and when the next one may start.

A task is started only when its source can send a request *now*, so that waiting for a bucket holds no slot.
The width follows Little's law (rate x latency); an open breaker or a cooling source closes the lane.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from adce_async.model.limits import Limits
from adce_async.planning.breaker import Breaker
from adce_async.planning.holds import Holds

LATENCY_AT_FIRST = 1.0
"""Seconds that a request is taken to need until one has been measured."""
_SMOOTHING = 0.2
FAILURES_TO_TELL = 2
"""Failures in a row from which on a source counts as troubled; one alone is weather."""
AS_MANY_AS_THERE_ARE = 1_000_000
"""Width of a lane that nothing bounds."""


class SourceLimits(Protocol):
    """When a source may be asked: the engine's limiter, or the arithmetic of limits played through."""

    @property
    def limits(self) -> Limits:
        """As configured."""
        ...

    def delay(self) -> float:
        """Seconds until a request may go: 0 now, infinite never."""
        ...

    def try_acquire(self) -> bool:
        """Take a token if there is one."""
        ...

    def give_back(self) -> None:
        """The request of the token that was taken is not sent."""
        ...

    def why(self) -> str:
        """What `delay` waits for, in words."""
        ...

    def cooling(self) -> str:
        """Why the source cools; '' if it does not."""
        ...


class Lane:
    """One source's share of the slots."""

    def __init__(
        self, source: str, limiter: SourceLimits, breaker: Breaker, time: Callable[[], float], most: int | None = None
    ) -> None:
        """`time`: seconds of a clock that only goes forward; `most`: widest that the configuration allows."""
        self.source = source
        self.limiter = limiter
        self.breaker = breaker
        self.running = 0
        self.outside = 0
        """Of them those that wait for something of this source, without a slot."""
        self.latency: float | None = None
        """Seconds that an attempt takes, without its waits for tokens; smoothed; None before the first answer."""
        self.held = Holds()
        """Who keeps it shut (a person, a maintenance window). What runs goes on."""
        self._failures = 0
        self._why = ""
        self._most = most
        self._width: int | None = None
        self._width_of: tuple[Limits | None, float | None] = (None, None)
        """What the width was worked out for: it is asked for at each dispatch, and changes with each answer at most."""
        self._time = time

    def apply(self, most: int | None) -> None:
        """Widest from now on. What runs beyond it runs to its end."""
        self._most, self._width = most, None

    @property
    def width(self) -> int:
        """Most tasks at once: `max(1, ceil(rate x latency))`, capped by the configuration."""
        limits = self.limiter.limits
        if self._width is None or limits is not self._width_of[0] or self.latency != self._width_of[1]:
            self._width_of = (limits, self.latency)
            rate = limits.sustained_rate
            latency = LATENCY_AT_FIRST if self.latency is None else self.latency
            wide = math.ceil(rate * latency) if math.isfinite(rate) else AS_MANY_AS_THERE_ARE
            self._width = max(1, wide if self._most is None else min(wide, self._most))
        return self._width

    def wait(self) -> float:
        """Seconds until a task could start as far as the source is concerned.

        0: now; inf: when a probe has ended, or nobody holds it any more.
        """
        now = self._time()
        if self.held:
            return math.inf
        if self.breaker.allows(now):
            return self.limiter.delay()
        if self.breaker.retry_at is None:  # a probe is under way, and its end is what is waited for
            return math.inf
        return max(0.001, self.breaker.retry_at - now, self.limiter.delay())

    def why_waiting(self) -> str:
        """What a task of this source waits for, in words."""
        if self.held:
            return self.held.why
        if self.breaker.state == "open" or self.limiter.cooling():
            return self.trouble()
        return self.limiter.why()

    def trouble(self) -> str:
        """What is wrong with the source, as far as its answers tell; '' if nothing is."""
        if self.breaker.state == "open":
            probe_in = max(0.0, (self.breaker.retry_at or 0.0) - self._time())
            return f"breaker open after {self._failures} failures; one probe in {probe_in:.0f} s; {self._why}"
        if reason := self.limiter.cooling():
            return f"cooling for {self.limiter.delay():.0f} s: {reason}"
        if self._failures >= FAILURES_TO_TELL:
            return f"{self._failures} failures in a row, the last one: {self._why}"
        return ""

    def remembered(self, offset: float) -> dict[str, Any] | None:
        """Of its breaker, for another machine (see `Breaker.remembered`), and why; None unless it is open."""
        known = self.breaker.remembered(offset)
        return None if known is None else {**known, "why": self._why}

    def restore(self, known: Mapping[str, Any] | None, offset: float) -> None:
        """Its breaker goes on where another machine's was. Raises LookupError, TypeError or ValueError: it is none."""
        self.breaker.restore(known, self._time(), offset)
        self._failures = 0 if known is None else int(known["failures"])
        self._why = "" if known is None else str(known["why"])

    def has_room(self) -> bool:
        """True if the width allows one more, and nobody who has begun waits for his turn."""
        return self.running < self.width and not self.outside

    def begin(self) -> bool:
        """Take a token and a place; False if there is none after all."""
        now = self._time()
        if self.held or not (self.has_room() and self.breaker.allows(now) and self.limiter.try_acquire()):
            return False
        self.breaker.on_start(now)
        self.running += 1
        return True

    def give_back(self) -> None:
        """What has begun was not made after all: its place and its token are free again."""
        self.limiter.give_back()
        self.running -= 1
        self.breaker.on_cancel(self._time())

    def end(self, seconds: float | None, *, answered: bool | None, why: str = "") -> None:
        """Give the place back. `answered`: the source did (True), failed (False, `why`), or told nothing (None)."""
        self.running -= 1
        now = self._time()
        if answered is None:
            self.breaker.on_cancel(now)
            return
        self._failures = 0 if answered else self._failures + 1
        self._why = why
        if answered:
            self.breaker.on_success(now)
            if seconds is not None:
                before = seconds if self.latency is None else self.latency
                self.latency = before + _SMOOTHING * (seconds - before)
        else:
            self.breaker.on_failure(now)


class Lanes:
    """All lanes, and two rules for as long as other sources have work.

    None takes the last slots while another has none, and none takes a second one before it has answered once.
    """

    def __init__(self, lanes: Mapping[str, Lane]) -> None:
        self._lanes = dict(lanes)

    def add(self, lane: Lane) -> None:
        """One more source."""
        self._lanes[lane.source] = lane

    def __getitem__(self, source: str) -> Lane:
        return self._lanes[source]

    def __contains__(self, source: object) -> bool:
        return source in self._lanes

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def may_take(self, source: str, free_slots: int, with_work: set[str]) -> bool:
        """True if `source` may take a slot, given the free ones and the sources that have tasks.

        It says nothing about whether the source can send a request now: that is `Lane.wait`.
        """
        lane = self._lanes[source]
        if free_slots <= 0 or not lane.has_room():
            return False
        if lane.running == 0:
            return True
        if lane.latency is None and with_work != {source}:  # it may be one that never answers
            return False
        unserved = sum(1 for other in with_work if other != source and not self._lanes[other].running)
        return free_slots > unserved
