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
5. Without `ownership` of the source nothing is granted, and a held token is refused as its request is to go out.
6. Time is `loop.time()`; wall-clock time appears only where it is written down or shown.
"""

from __future__ import annotations

import asyncio
import functools
import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import aiolimiter

from adce_async.engine.events import Events, SourceThrottled
from adce_async.engine.fetching.limiter.fair_queue import FairQueue
from adce_async.engine.fetching.limiter.permit import Permit
from adce_async.engine.fetching.ownership import Always
from adce_async.errors import NotAskedError
from adce_async.model.days import iso
from adce_async.model.limits import LONG_WAIT, Limits, Pacing, whole_milliseconds
from adce_async.planning.limits import Allowance
from adce_async.planning.throttle import Remembered, Throttle
from adce_async.ports import Clock, GrantJournal, Ownership

_ROUNDING = 1e-6
NOT_OURS = "another machine asks this source"
HOLD_SECONDS = 5.0
"""How long a token of `try_acquire` waits for its request before it counts as spent on nothing."""


class RateLimiter:
    """Allows the requests of one source, or with no `parent` those of all sources together.

    `cooldown_initial` and `cooldown_max`: seconds. To be used on the thread of one running event loop.
    """

    def __init__(
        self,
        source: str,
        limits: Limits,
        clock: Clock,
        parent: RateLimiter | None = None,
        *,
        pacing: Pacing | None = None,
        journal: GrantJournal | None = None,
        ownership: Ownership | None = None,
        cooldown_initial: float = 30.0,
        cooldown_max: float = 3600.0,
        changed: Callable[[], None] = lambda: None,
        events: Events | None = None,
    ) -> None:
        """`changed()`: called when `delay` may have become shorter or longer by other means than time: to plan anew.

        It must not call the limiter, only note that it was called.
        """
        self.source = source
        self.requests_total = 0
        self._clock = clock
        self._tell_changed = changed
        self._events = events
        self._journal = journal
        self._ownership = ownership or Always()
        self._chain = (self, parent) if parent else (self,)
        self._counted_as = tuple(limiter.source for limiter in self._chain[1:])
        self._throttle = Throttle(cooldown_initial, cooldown_max)
        self._allowance = Allowance(limits, pacing, throttle=self._throttle)
        self._bucket = _bucket(limits)
        self._held = 0
        self._handed: deque[Permit] = deque()
        self._expiring: deque[tuple[float, Permit]] = parent._expiring if parent else deque()
        self._turns: FairQueue[Permit] = FairQueue(
            self._wait, self._grant, Permit.release, self._notify, parent._turns if parent else None
        )

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
        """Take over a token that `try_acquire` took; None if it is spent, or void: the source cools or is not ours."""
        self._expire(self._now())
        if not self._is_ours():
            self._void()
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

    async def pass_bucket(self) -> None:
        """Put the token of a request that is about to be sent into the leaky bucket that all of the source share.

        There is room: a token is granted later than this bucket alone would have it.
        """
        if self._bucket is not None:
            await self._bucket.acquire()

    def delay(self) -> float:
        """Seconds, in whole milliseconds, until a token could be had; 0 now, infinite never.

        A lower bound: a token that is held now may be sent later, and then counts from then on.
        """
        wait = max(map(RateLimiter._wait, self._chain))
        if wait == 0:
            return 0.001 if self._turns.busy else 0.0  # their timer is due in this very turn of the loop
        return whole_milliseconds(wait)

    def delay_keeping(self, kept: Callable[[float], int]) -> float:
        """Seconds until one more would leave `kept(seconds)` requests unused in each of its own long windows."""
        return max(0.0, self._allowance.due_keeping(self._now(), kept) - self._now())

    def why(self) -> str:
        """What `delay` waits for, in words: of all limits the one that lets the next request go last."""
        binding = max(self._chain, key=RateLimiter._wait)
        if not binding._is_ours():
            return NOT_OURS
        _, text = binding._allowance.why(self._now(), binding._held)
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
        if self._events is not None and (until := self.cooling_until) is not None:
            self._events.publish(SourceThrottled(self.source, until, reason))

    def overloaded(self, reason: str) -> None:
        """The source can't serve anybody just now: ask nothing for a second, then two, four, ... until it can."""
        self._throttle.overloaded(self._now(), reason)
        self._void()

    def succeeded(self) -> None:
        """The source serves us: the next cool-down is a first one again (see `Throttle`)."""
        self._throttle.succeeded()

    def cooling(self) -> str:
        """Why it cools; '' if it does not."""
        return (self._throttle.reason or "refused") if self._throttle.until > self._now() else ""

    def lift(self) -> None:
        """End the cool-down: somebody who knows says so."""
        self._throttle.lift(self._now())
        self._changed()

    @property
    def cooling_until(self) -> float | None:
        """Wall-clock end of the cool-down; None if there is none."""
        left = self._throttle.until - self._now()
        return self._clock.now() + left if left > 0 else None

    def ownership_changed(self) -> None:
        """The source is ours now, or not any more, or for longer: waiters and lanes look again."""
        if self._is_ours():
            self._changed()
        else:
            self._void()

    # --- settings and state ---------------------------------------------------------------------------------------

    @property
    def limits(self) -> Limits:
        """As configured (a `Crawl-delay` is not in them)."""
        return self._allowance.limits

    def apply(self, limits: Limits, pacing: Pacing | None, cooldown_initial: float, cooldown_max: float) -> None:
        """All that is configured, live: limits, how to slow down near them, how long to cool (seconds)."""
        self._allowance.pace(pacing)
        self._throttle.apply(cooldown_initial, cooldown_max)
        self.set_limits(limits)

    def set_limits(self, limits: Limits) -> None:
        """Change them live: what was sent before counts in the new ones, and waiters move on."""
        self._allowance.apply(limits)
        self._bucket = _bucket(limits)
        self._changed()

    def set_min_delay_floor(self, seconds: float) -> None:
        """The minimum delay that the source itself asks for (robots.txt); the longer of both counts."""
        longer, self._allowance.floor = seconds > self._allowance.floor, seconds
        if longer:  # requests that were to go together keep their distance
            self._void()
        self._changed()

    def export(self) -> list[float]:
        """Wall-clock times of the remembered requests, oldest first."""
        offset = self._clock.now() - self._now()
        return [at + offset for at in self._allowance.times()]

    def restore(self, times: Iterable[float], *, afresh: bool = False) -> None:
        """Count requests of an earlier process; times in the future (the clock was set back) count as now.

        `afresh`: in place of what is remembered; they are all that was sent.
        """
        now = self._now()
        offset = self._clock.now() - now
        earlier = (min(at - offset, now) for at in times)
        self._allowance.apply(self.limits, sorted([*(() if afresh else self._allowance.times()), *earlier]))
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
        capacity = max(1, self.limits.burst)
        tokens = max(0.0, capacity - self._held - self._allowance.level(now))
        rate, until, reason = self._allowance.rate, self.cooling_until, self._throttle.reason
        if until is None and LONG_WAIT < (wait := self._wait()) < math.inf:  # as good as cooling, for who looks at it
            until, (_, reason) = self._clock.now() + wait, self._allowance.why(now, self._held)
        return {
            "tokens": round(tokens, 3),
            "rate": None if rate is None else rate * self._throttle.factor(now),
            "configured_rate": rate,
            "capacity": capacity,
            "utilization": round(1 - tokens / capacity, 3),
            "waiting": len(self._turns),
            "cooling_until": None if until is None else iso(until),
            "cooling_reason": None if until is None else reason,
            **({} if breaker is None else {"breaker": breaker}),
            "windows": {
                window.name: {"used": self._allowance.used(now, window) + self._held, "limit": window.limit}
                for window in self.limits.windows
            },
            "requests_total": self.requests_total,
            "throttled_total": self._throttle.total,
        }

    def used_of_longest(self) -> float:
        """Share of its longest window that is used, from 0 to 1; 0 without a window."""
        longest = max(self.limits.windows, key=lambda window: window.seconds, default=None)
        if longest is None or not longest.limit:
            return 0.0
        return (self._allowance.used(self._now(), longest) + self._held) / longest.limit

    # --- the limits themselves -----------------------------------------------------------------------------------

    @functools.cached_property
    def _now(self) -> Callable[[], float]:
        """The loop's time. Kept: finding the loop takes longer than asking it, and each request asks many times."""
        return asyncio.get_running_loop().time

    @functools.cached_property
    def _call_soon(self) -> Callable[[Callable[[], None]], object]:
        return asyncio.get_running_loop().call_soon

    def _wait(self) -> float:
        """Seconds until these limits (not the parent's) allow one more, to the microsecond."""
        now = self._now()
        if self._expiring:
            self._expire(now)
        if self._ownership.until(self.source) <= now:
            return math.inf
        due = self._allowance.due(now, self._held)
        return round(due - now, 6) if due > now else 0.0

    def _is_ours(self) -> bool:
        return self._ownership.until(self.source) > self._now()

    # --- tokens -----------------------------------------------------------------------------------------------------

    def _is_free(self) -> bool:
        return not self._turns.busy and not any(map(RateLimiter._wait, self._chain))

    def _grant(self, waited: float = 0.0) -> Permit:
        for limiter in self._chain:
            limiter._held += 1
        return Permit(self, waited)

    def on_sent(self) -> float:
        """(For Permit.) A held token's request is being written.

        The loop may do other work before the bytes leave the process, so the time that counts is its next turn.
        Raises NotAskedError, and gives the token back, if the source is not ours any more.
        """
        if not all(map(RateLimiter._is_ours, self._chain)):
            self._give_back(1)
            raise NotAskedError(f"{self.source}: {NOT_OURS}")
        try:
            if self._journal is not None:
                self._journal.record(self.source, self._clock.now(), *self._counted_as)
        finally:  # what can't be written down is not sent, but rather counted too much
            self._call_soon(self._count_now)
        return self._now()

    def answered(self, seconds: float) -> None:
        """The answer to a request began so many seconds after it had gone out: it was there by then."""
        for limiter in self._chain:
            limiter._allowance.answered(seconds)

    def on_released(self) -> None:
        """(For Permit.) There is no request."""
        self._give_back(1)

    def on_spent(self, at: float) -> None:
        """(For Permit.) A held token's request went out at `at`, as far as the limits are concerned."""
        for limiter in self._chain:
            limiter._held -= 1
            limiter.requests_total += 1
            limiter._allowance.take(at)

    def _count_now(self) -> None:
        self.on_spent(self._now())

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
            limiter._tell_changed()


def _bucket(limits: Limits) -> aiolimiter.AsyncLimiter | None:
    """The bucket as aiolimiter has it; its capacity is a little more, so that the last bit decides nothing."""
    if not limits.rate:
        return None
    capacity = max(1, limits.burst) + _ROUNDING
    return aiolimiter.AsyncLimiter(capacity, capacity / limits.rate)
