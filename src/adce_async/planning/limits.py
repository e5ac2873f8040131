"""When a request of one source may go: the one arithmetic of limits, without a clock and without waiting.

Windows, minimum delay, leaky bucket, pacing, cool-down and lowered rate, asked together. The engine's limiter asks it
for each request, the forecast plays it through. `now` is seconds of any clock that only goes forward; what was before
it was begun may be negative.

*Held* requests were allowed and have not gone yet. They count as if they went now, in every limit, so whatever goes
when, no limit is exceeded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from adce_async.model.limits import LONG_WAIT, Limits, Pacing, Window
from adce_async.planning.grants import GrantLog
from adce_async.planning.pacing import Pacer
from adce_async.planning.throttle import Throttle

REMEMBERED = 4096
"""Requests that are remembered at least, so that limits raised or added later find their history."""


class LeakyBucket:
    """A bucket that holds `burst` and leaks `rate` tokens a second.

    It starts to leak only `guard` seconds after a token that came near empty, so that requests which jitter
    pushes together never look like more than a burst. Between tokens of a saturated bucket of 1 there is room
    for a hundredth of their spacing only, so that 0.99 of the rate remain usable.
    """

    __slots__ = ("_empty_at", "_guard", "_last_check", "_level", "_saturated_guard", "burst", "rate")

    def __init__(self, burst: int, rate: float, guard: float = 0.0) -> None:
        self.burst = burst
        self.rate = rate
        self._guard = guard
        self._saturated_guard = min(guard, max(burst - 1, 0.01) / rate)
        self._level: float = 0.0
        self._last_check = self._empty_at = -math.inf

    def level(self, now: float) -> float:
        """Tokens in it. Rounded: a residue of 1e-17 would re-arm a timer at "now" for ever in virtual time."""
        since = now - self._last_check
        level = self._level - since * self.rate if since > 0 else self._level
        return round(level, 9) if level > 0 else 0.0

    def due(self, now: float, held: int = 0) -> float:
        """From when on it has room for one more token beside `held` ones; minus infinity if it has."""
        excess = self.level(now) + held + 1 - self.burst
        return max(self._last_check, now) + excess / self.rate if excess > 0 else -math.inf

    def take(self, now: float, jitter: float = 0.0) -> None:
        """Put a token in, whether or not there is room. `jitter`: seconds by which the guard is longer."""
        level = self.level(now)
        guard = self._guard + jitter if now - self._empty_at > self._guard else self._saturated_guard
        self._last_check = max(self._last_check, now, now + guard - level / self.rate)
        self._level = level + 1
        self._empty_at = self._last_check + self._level / self.rate

    def replay(self, times: Iterable[float]) -> None:
        """Put in what went earlier, maybe by other limits; of what these would not have allowed, it is full at most.

        Who went as fast as he might until his rate was lowered waits for his turn, not until all of it has leaked.
        """
        for at in times:
            self.take(at)
            if self._level > self.burst:
                self._level = self.burst
                self._empty_at = self._last_check + self._level / self.rate


class Jitter:
    """By how much later than others a request may have arrived, told by how much longer its answer took.

    What is sent evenly arrives unevenly where a machine or a network is busy. A request has arrived before its answer
    begins, so the excess over the quickest answers bounds it; it is forgotten over some tens of answers.

    >>> jitter = Jitter()
    >>> for seconds in (0.1, 0.1, 0.5): jitter.seen(seconds)
    >>> round(jitter.seconds, 3), round(jitter.within(60.0), 3), jitter.within(1.0)
    (0.392, 0.3, 0.005)
    """

    __slots__ = ("_quickest", "seconds")

    SHARE = 0.005
    """Of a window, at most: so much of the rate it may cost."""
    FADES, DRIFTS = 0.95, 0.02
    """What is left of it after an answer; the share by which the quickest answer follows slower ones."""

    def __init__(self) -> None:
        self._quickest = math.inf
        self.seconds = 0.0

    def seen(self, seconds: float) -> None:
        """An answer began `seconds` after its request had gone."""
        if seconds < self._quickest:
            self._quickest = seconds
        else:
            self._quickest += (seconds - self._quickest) * self.DRIFTS
        self.seconds = max(self.seconds * self.FADES, seconds - self._quickest)

    def within(self, window: float) -> float:
        """What of it counts in a window of so many seconds."""
        most = window * self.SHARE
        return min(most, self.seconds)


class Allowance:
    """What one source may be asked: `due` says when, `take` that a request goes.

    `past`: when the last requests went, oldest first. `throttle`: what its refusals came to.

    >>> allowance = Allowance(Limits((Window(2, 60.0),), burst=2, guard=0.0), past=[-50.0])
    >>> allowance.take(0.0)
    >>> allowance.due(0.0), allowance.due(0.0, held=1)
    (10.0, 60.0)
    """

    def __init__(
        self,
        limits: Limits,
        pacing: Pacing | None = None,
        *,
        past: Iterable[float] = (),
        throttle: Throttle | None = None,
    ) -> None:
        self.throttle = throttle or Throttle()
        self.floor = 0.0
        """The minimum delay that the source itself asks for; the longer of both counts."""
        self.jitter = Jitter()
        """How unevenly requests may arrive, as far as their answers tell."""
        self._pacer = Pacer(pacing)
        self._log = GrantLog(REMEMBERED, seconds=0.0)
        self.apply(limits, past)

    def apply(self, limits: Limits, past: Iterable[float] | None = None) -> None:
        """Make `limits` valid from now on: what went before (or `past` instead) counts in them, too."""
        times = list(self._log.times() if past is None else past)
        most = max((window.limit for window in limits.windows), default=0)
        longest = max((window.seconds for window in limits.windows), default=0.0)
        self.limits = limits
        self._shortest = min((window.seconds for window in limits.windows), default=0.0)
        self._never = any(window.limit <= 0 for window in limits.windows)
        self._log = GrantLog(  # never a shorter memory: narrow limits may become wide again
            max(self._log.capacity, most),
            times,
            seconds=max(self._log.seconds, longest * (1 + Jitter.SHARE) + limits.guard),
            least=REMEMBERED,
        )
        self._bucket = LeakyBucket(max(1, limits.burst), limits.rate, limits.guard) if limits.rate else None
        if self._bucket:
            self._bucket.replay(times)

    def pace(self, pacing: Pacing | None) -> None:
        """Slow down near the limits like this from now on."""
        self._pacer.apply(pacing)

    def answered(self, seconds: float) -> None:
        """The answer to a request began `seconds` after it went: it arrived some time before that."""
        self.jitter.seen(seconds)

    def take(self, at: float) -> None:
        """A request goes at `at`; none goes before one that has gone already."""
        at = max(at, self._log.last(1))
        self._pacer.sent(at, self.limits.windows, self._log)
        self._log.append(at)
        if self._bucket:
            self._bucket.take(at, self.jitter.within(self._shortest))

    def due(self, now: float, held: int = 0) -> float:
        """From when on all limits allow one more beside `held` ones; infinite never, in the past now."""
        limits, log = self.limits, self._log
        due = self.throttle.until
        spacing = self._spacing(now)
        if not limits.windows and not spacing:  # nothing is limited: the quick way, asked for each request
            return due
        if self._never:
            return math.inf
        # comparisons instead of `max`: this is asked for each source at each look of the dispatcher
        if (at := (now if held else log.last(1)) + spacing) > due:
            due = at
        if (at := self._pacer.due(now, limits.windows, log, held)) > due:
            due = at
        for window in limits.windows:
            free = window.limit - held
            if (at := (log.last(free) if free > 0 else now) + self._span(window)) > due:
                due = at
        if self._bucket and (at := self._bucket.due(now, held)) > due:
            due = at
        return due

    def due_keeping(self, now: float, kept: Callable[[float], int]) -> float:
        """From when on one more leaves `kept(seconds)` requests, or half of them, unused in each long window.

        Windows of a minute and less are free again before anybody has waited for long.
        """
        due = -math.inf
        for window in self.limits.windows:
            if window.seconds > LONG_WAIT:
                free = window.limit - min(kept(window.seconds), window.limit // 2)
                due = max(due, (self._log.last(free) if free > 0 else now) + self._span(window))
        return due

    def why(self, now: float, held: int = 0) -> tuple[float, str]:
        """`due`, and the name of the limit that it is for; `its turn` where none holds it up."""
        at, text = max(self._terms(now, held), key=lambda term: term[0])
        return at, text if at > now else "its turn"

    def _terms(self, now: float, held: int) -> Iterator[tuple[float, str]]:
        """When each limit alone allows one more, and its name: what `due` takes the latest of, for people."""
        limits, log = self.limits, self._log
        last = now if held else log.last(1)
        yield self.throttle.until, f"cool-down: {self.throttle.reason}"
        for window in limits.windows:
            free = window.limit - held
            yield (log.last(free) if free > 0 else now) + self._span(window), f"limit of {window}"
        if self.min_delay > 0:
            of = "Crawl-delay of robots.txt" if self.floor > limits.min_delay else "minimum delay"
            yield (
                last + self.min_delay + limits.guard + self.jitter.within(self.min_delay),
                f"{of}, {self.min_delay:g} s",
            )
        if (factor := self.throttle.factor(now)) < 1 and (rate := self.rate):
            yield last + 1 / (rate * factor), f"rate lowered to {factor:.0%} after refusals"
        yield self._pacer.due(now, limits.windows, log, held), "backoff near its limits"
        if self._bucket:
            yield self._bucket.due(now, held), f"even rate of {min(limits.windows, key=_seconds)}"

    @property
    def min_delay(self) -> float:
        """Least seconds between two requests, whoever asks for it."""
        return max(self.limits.min_delay, self.floor)

    @property
    def rate(self) -> float | None:
        """What bucket and minimum delay allow, in requests a second; None without either."""
        least, even = self.min_delay, self.limits.rate
        if least <= 0:
            return even
        return 1 / least if even is None else min(even, 1 / least)

    def times(self) -> Iterable[float]:
        """When the requests that are remembered went, oldest first."""
        return self._log.times()

    def used(self, now: float, window: Window) -> int:
        """How many went within `window` up to `now`."""
        return self._log.used(now, window.seconds)

    def level(self, now: float) -> float:
        """Tokens in the bucket; 0 without one."""
        return self._bucket.level(now) if self._bucket else 0.0

    def _span(self, window: Window) -> float:
        """So long a request counts in `window`: longer than that by what may push requests together on their way."""
        return window.seconds + self.limits.guard + self.jitter.within(window.seconds)

    def _spacing(self, now: float) -> float:
        """Least seconds between any two requests."""
        least = self.min_delay if self.limits.min_delay or self.floor else 0.0  # mostly there is none
        spacing = least + self.limits.guard + self.jitter.within(least) if least > 0 else 0.0
        factor = self.throttle.factor(now)
        if factor < 1 and (rate := self.rate):
            spacing = max(spacing, 1 / (rate * factor))
        return spacing


def _seconds(window: Window) -> float:
    return window.seconds
