# ruff: noqa: SLF001 - a limiter and its parent grant together
"""The rate limiter of one source: leaky bucket, sliding windows, minimum delay and cool-down, asked together.

Laws:

1. Seen from the server, no half-open window of a length that a limit names holds more requests than its limit,
   and no interval of length t more than `burst + rate x t`; requests are at least the minimum delay apart.
   `Limits.guard` widens each of these against jitter on the way.
2. What counts is when a request goes out, not when it was allowed to: opening a connection can take longer than
   the next request on an open one. A token is *held* from its grant until its request is sent, and a held token
   counts as if it were sent now, in every limit. So whatever is sent when, law 1 holds.
3. A token is granted by the source's limits and by the global ones (`parent`), or by neither.
4. Waiters of a source are served in their order; sources that wait for the parent in the order in which they
   came to it, one token a turn. A source waits only for itself and for the parent. Nothing polls: each limiter
   has at most one timer, for the one that is next.
5. Time is `loop.time()`; wall-clock time appears only where it is written down or shown.
"""

from __future__ import annotations

import asyncio
import functools
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from adce_async.engine.limiter.bucket import Bucket
from adce_async.engine.limiter.permit import Permit
from adce_async.engine.limiter.throttle import Remembered, Throttle
from adce_async.engine.limiter.turns import Turns
from adce_async.model.days import iso
from adce_async.model.limits import Limits, Pacing, Window, whole_milliseconds
from adce_async.planning.backoff import Pacer
from adce_async.planning.grants import GrantLog
from adce_async.ports import Clock, GrantJournal

HOLD_SECONDS = 5.0
"""How long a token of `try_acquire` waits for its request before it counts as spent on nothing."""

_REMEMBERED = 4096
"""Grants that are remembered at least, so that limits raised or added later find their history."""


class RateLimiter:
    """Allows the requests of one source, or with no `parent` those of all sources together.

    `cooldown_initial` and `cooldown_max`: seconds. To be used on the thread of one running event loop.
    """

    on_change: Callable[[], None] | None = None
    """Called when `delay` may have become shorter or longer by other means than time: to plan anew. It must not
    call the limiter, only note that it was called."""

    def __init__(
        self,
        source: str,
        limits: Limits,
        clock: Clock,
        parent: RateLimiter | None = None,
        *,
        pacing: Pacing | None = None,
        journal: GrantJournal | None = None,
        cooldown_initial: float = 30.0,
        cooldown_max: float = 3600.0,
    ) -> None:
        self.source = source
        self.requests_total = 0
        self._clock = clock
        self._journal = journal
        self._chain = (self, parent) if parent else (self,)
        self._throttle = Throttle(cooldown_initial, cooldown_max)
        self._pacer = Pacer(pacing)
        self._floor = 0.0
        self._held = 0
        self._handed: deque[Permit] = deque()
        self._expiring: deque[tuple[float, Permit]] = parent._expiring if parent else deque()
        self._turns: Turns[Permit] = Turns(
            self._wait, self._grant, Permit.release, self._notify, parent._turns if parent else None
        )
        self._log = GrantLog(_REMEMBERED, seconds=0.0)
        self._apply(limits, ())

    # --- asking -----------------------------------------------------------------------------------------------

    async def acquire(self) -> float:
        """Wait for a token and count it as sent at once; returns the seconds waited."""
        permit = await self.reserve()
        permit.sent()
        return permit.waited

    async def reserve(self) -> Permit:
        """Wait for a token; its request is sent, or it is released, by the caller."""
        return self._grant() if self._is_free() else await self._turns.take()

    def try_acquire(self) -> bool:
        """Take a token if one is free and nobody waits for it.

        The token is for one request that follows shortly: `claim` takes it over. It is held for HOLD_SECONDS
        at most and counts as spent from then on, so nobody has to give it back.
        """
        if not self._is_free():
            return False
        while self._handed and not self._handed[0].held:
            self._handed.popleft()
        permit = self._grant()
        self._handed.append(permit)
        self._expiring.append((self._now() + HOLD_SECONDS, permit))
        return True

    def claim(self) -> Permit | None:
        """Take over a token that `try_acquire` took; None if it is spent, or void because the source cools."""
        self._expire(self._now())
        while self._handed:
            handed = self._handed.popleft()
            if handed.held:
                handed.held = False
                return Permit(self)
        return None

    def give_back(self) -> None:
        """The request that a token of `try_acquire` was meant for is not sent."""
        permit = self.claim()
        if permit is not None:
            permit.release()

    def delay(self) -> float:
        """Seconds, in whole milliseconds, until a token could be had; 0 now, infinite never.

        A lower bound: a token that is held now may be sent later, and then counts from then on.
        """
        wait = max(limiter._wait() for limiter in self._chain)
        if wait == 0 and self._turns.busy:
            return 0.001  # their timer is due in this very turn of the loop
        return whole_milliseconds(wait)

    def why(self) -> str:
        """What `delay` waits for, in words: of all limits the one that lets the next request go last."""
        binding = max(self._chain, key=RateLimiter._wait)
        _, text = max(binding._terms(), key=lambda term: term[0], default=(0.0, "nothing"))
        return text if binding is self else f"global {text}"

    # --- what the source answers --------------------------------------------------------------------------------

    def cool(self, seconds: float, reason: str) -> None:
        """Send nothing for `seconds`, or until the end of a longer cool-down that is on already."""
        self._throttle.cool(self._now(), seconds, reason)
        self._void()

    def throttled(self, retry_after: float | None, reason: str) -> None:
        """The source refuses us: cool for `retry_after` seconds, or exponentially longer; then go half as fast."""
        self._throttle.throttled(self._now(), retry_after, reason)
        self._void()

    def overloaded(self, reason: str) -> None:
        """The source can't serve anybody just now: ask nothing for a second, then two, four, ... until it can."""
        self._throttle.overloaded(self._now(), reason)
        self._void()

    def succeeded(self) -> None:
        """The source serves us: the next cool-down is a first one again (see `Throttle`)."""
        self._throttle.succeeded()

    @property
    def cooling_until(self) -> float | None:
        """Wall-clock end of the cool-down; None if there is none."""
        left = self._throttle.until - self._now()
        return self._clock.now() + left if left > 0 else None

    # --- settings and state ---------------------------------------------------------------------------------------

    @property
    def limits(self) -> Limits:
        """As configured (a `Crawl-delay` is not in them)."""
        return self._limits

    def set_limits(self, limits: Limits) -> None:
        """Change them live: what was sent before counts in the new ones, and waiters move on."""
        self._apply(limits, self._log.times())
        self._changed()

    def set_min_delay_floor(self, seconds: float) -> None:
        """The minimum delay that the source itself asks for (robots.txt); the longer of both counts."""
        longer, self._floor = seconds > self._floor, seconds
        if longer:  # requests that were to go together keep their distance
            self._void()
        self._changed()

    def export(self) -> list[float]:
        """Wall-clock times of the remembered requests, oldest first."""
        offset = self._clock.now() - self._now()
        return [at + offset for at in self._log.times()]

    def restore(self, times: Iterable[float]) -> None:
        """Count requests of an earlier process; times in the future (the clock was set back) count as now."""
        now = self._now()
        offset = self._clock.now() - now
        self._apply(self._limits, sorted([*self._log.times(), *(min(at - offset, now) for at in times)]))
        self._changed()

    def throttle_state(self) -> Remembered | None:
        """Cool-down and lowered rate as a restart has to know them; None if there is nothing to know."""
        return self._throttle.remembered(self._now(), self._clock.now())

    def restore_throttle(self, known: Remembered) -> None:
        """Cool on, and go as slowly, as an earlier process had to."""
        self._throttle.restore(known, self._now(), self._clock.now())
        self._changed()

    def snapshot(self, breaker: str | None = None) -> dict[str, Any]:
        """The entry of this source in `/rate-limits`; `rate` is what may be used now, in requests a second."""
        now = self._now()
        self._expire(now)
        capacity = max(1, self._limits.burst)
        tokens = max(0.0, capacity - self._held - (self._bucket.level(now) if self._bucket else 0.0))
        rate, until = self._rate, self.cooling_until
        return {
            "tokens": round(tokens, 3),
            "rate": None if rate is None else rate * self._throttle.factor(now),
            "configured_rate": rate,
            "capacity": capacity,
            "utilization": round(1 - tokens / capacity, 3),
            "waiting": len(self._turns),
            "cooling_until": None if until is None else iso(until),
            "cooling_reason": None if until is None else self._throttle.reason,
            **({} if breaker is None else {"breaker": breaker}),
            "windows": {
                window.name: {"used": self._log.used(now, window.seconds) + self._held, "limit": window.limit}
                for window in self._limits.windows
            },
            "requests_total": self.requests_total,
            "throttled_total": self._throttle.total,
        }

    # --- the limits themselves -----------------------------------------------------------------------------------

    def _apply(self, limits: Limits, times: Iterable[float]) -> None:
        """Make `limits` valid for a past of `times`."""
        self._limits = limits
        self._even = limits.rate
        most = max((window.limit for window in limits.windows), default=0)
        longest = max((window.seconds for window in limits.windows), default=0.0)
        self._never = any(window.limit <= 0 for window in limits.windows)
        past = list(times)
        self._log = GrantLog(  # never a shorter memory: narrow limits may become wide again
            max(self._log.capacity, most),
            past,
            seconds=max(self._log.seconds, longest + limits.guard),
            least=_REMEMBERED,
        )
        self._bucket = Bucket(max(1, limits.burst), self._even, limits.guard) if self._even else None
        if self._bucket:
            for at in past:
                self._bucket.take(at)

    @functools.cached_property
    def _now(self) -> Callable[[], float]:
        """The loop's time. Kept: finding the loop takes longer than asking it, and each request asks many times."""
        return asyncio.get_running_loop().time

    @functools.cached_property
    def _call_soon(self) -> Callable[[Callable[[], None]], object]:
        return asyncio.get_running_loop().call_soon

    @property
    def _min_delay(self) -> float:
        return max(self._limits.min_delay, self._floor)

    @property
    def _rate(self) -> float | None:
        """What bucket and minimum delay allow, in requests a second."""
        least = self._min_delay
        if least <= 0:
            return self._even
        return 1 / least if self._even is None else min(self._even, 1 / least)

    def _wait(self) -> float:
        """Seconds until these limits (not the parent's) allow one more, to the microsecond."""
        now = self._now()
        if self._expiring:
            self._expire(now)
        limits, log, held = self._limits, self._log, self._held
        due = self._throttle.until
        spacing = self._spacing(now)
        if not limits.windows and not spacing:  # nothing is limited: the quick way, asked for each request
            return round(due - now, 6) if due > now else 0.0
        if self._never:
            return math.inf
        # comparisons instead of `max`: this is asked for each source at each look of the dispatcher
        if (at := (now if held else log.last(1)) + spacing) > due:
            due = at
        if (at := self._pacer.due(now, limits.windows, log, held)) > due:
            due = at
        for window in limits.windows:
            free = window.limit - held
            if (at := (log.last(free) if free > 0 else now) + window.seconds + limits.guard) > due:
                due = at
        if self._bucket and (at := now + self._bucket.delay(now, held)) > due:
            due = at
        return round(due - now, 6) if due > now else 0.0

    def _terms(self) -> Iterator[tuple[float, str]]:
        """When each limit alone allows one more, and its name: what `_wait` takes the latest of, for people."""
        now = self._now()
        limits, log, held = self._limits, self._log, self._held
        last = now if held else log.last(1)
        yield self._throttle.until, f"cool-down: {self._throttle.reason}"
        for window in limits.windows:
            free = window.limit - held
            yield (log.last(free) if free > 0 else now) + window.seconds + limits.guard, f"limit of {window}"
        if self._min_delay > 0:
            of = "Crawl-delay of robots.txt" if self._floor > limits.min_delay else "minimum delay"
            yield last + self._min_delay + limits.guard, f"{of}, {self._min_delay:g} s"
        if (factor := self._throttle.factor(now)) < 1 and (rate := self._rate):
            yield last + 1 / (rate * factor), f"rate lowered to {factor:.0%} after refusals"
        yield self._pacer.due(now, limits.windows, log, held), "backoff near its limits"
        if self._bucket:
            yield now + self._bucket.delay(now, held), f"even rate of {min(limits.windows, key=_seconds)}"

    def _spacing(self, now: float) -> float:
        """Least seconds between any two requests."""
        least = self._min_delay
        spacing = least + self._limits.guard if least > 0 else 0.0
        factor = self._throttle.factor(now)
        if factor < 1 and (rate := self._rate):
            spacing = max(spacing, 1 / (rate * factor))
        return spacing

    # --- tokens -----------------------------------------------------------------------------------------------------

    def _is_free(self) -> bool:
        return not self._turns.busy and all(limiter._wait() == 0 for limiter in self._chain)

    def _grant(self, waited: float = 0.0) -> Permit:
        for limiter in self._chain:
            limiter._held += 1
        return Permit(self, waited)

    def _sent(self) -> None:
        """A held token's request is being written.

        The loop may do other work before the bytes leave the process, so the time that counts is its next turn.
        """
        try:
            for limiter in self._chain:
                if limiter._journal is not None:
                    limiter._journal.record(limiter.source, self._clock.now())
        finally:  # what can't be written down is not sent, but rather counted too much
            self._call_soon(self._count_now)

    def _count_now(self) -> None:
        self._count(self._now())

    def _count(self, at: float) -> None:
        """A held token's request went out at `at`."""
        for limiter in self._chain:
            limiter._held -= 1
            limiter._record(max(at, limiter._log.last(1)))

    def _record(self, at: float) -> None:
        self.requests_total += 1
        self._pacer.sent(at, self._limits.windows, self._log)
        self._log.append(at)
        if self._bucket:
            self._bucket.take(at)

    def _give_back(self, count: int) -> None:
        for limiter in self._chain:
            limiter._held -= count
        self._changed()

    def _expire(self, now: float) -> None:
        """Tokens of any source that were handed out and not claimed in time count as spent from then on."""
        while self._expiring and (self._expiring[0][0] <= now or not self._expiring[0][1].held):
            at, permit = self._expiring.popleft()
            permit.expire(at)

    def _void(self) -> None:
        """Tokens that were handed out and not claimed yet are none any more: their requests wait for new ones."""
        void = [permit for permit in self._handed if permit.held]
        for permit in void:
            permit.held = False
        self._handed.clear()
        self._give_back(len(void))

    def _changed(self) -> None:
        """Something other than time has changed."""
        self._turns.reconsider()
        self._notify()

    def _notify(self) -> None:
        for limiter in self._chain:
            if limiter.on_change is not None:
                limiter.on_change()


def _seconds(window: Window) -> float:
    return window.seconds
