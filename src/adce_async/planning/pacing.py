"""How long requests take at the least: the limits of a source played through without a clock.

The same arithmetic as the limiter's (leaky bucket, sliding windows, minimum delay, guard), for the ETA of a plan.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping

from adce_async.model.limits import Limits

EXACT_REQUESTS = 200_000
"""Up to here requests are played one by one; beyond, the sustained rate is taken."""


class Pacer:
    """Earliest times at which one request after the other may go, starting idle at time 0."""

    __slots__ = ("_bucket_full_at", "_interval", "_last", "_limits", "_logs")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._interval = 1.0 / limits.rate if limits.rate else 0.0
        self._bucket_full_at = float("-inf")
        self._last = float("-inf")
        self._logs: list[tuple[float, deque[float]]] = [
            (window.seconds + limits.guard, deque(maxlen=window.limit)) for window in limits.windows
        ]

    def earliest(self, now: float) -> float:
        """When the next request may go, not before `now`."""
        at = now
        for seconds, log in self._logs:
            if len(log) == log.maxlen:
                at = max(at, log[0] + seconds)
        if self._interval:
            at = max(at, self._bucket_full_at - (self._limits.burst - 1) * self._interval)
        if self._limits.min_delay > 0:
            at = max(at, self._last + self._limits.min_delay + self._limits.guard)
        return at

    def take(self, at: float) -> None:
        """A request goes at `at`."""
        for _, log in self._logs:
            log.append(at)
        # a bucket that was idle begins to leak only after the guard
        self._bucket_full_at = max(self._bucket_full_at, at + self._limits.guard) + self._interval
        self._last = at


def schedule(
    requests: Mapping[str, int], limits: Mapping[str, Limits], overall: Limits | None = None
) -> dict[str, list[float]]:
    """When each request of each source can go (seconds from now), all sources at once and all idle at the start.

    >>> from adce_async.model.limits import Window
    >>> schedule({"a": 3}, {"a": Limits((Window(60, 60.0),), guard=0.0)})
    {'a': [0.0, 1.0, 2.0]}
    """
    if sum(requests.values()) > EXACT_REQUESTS:
        return _by_rate(requests, limits, overall)
    pacers = {source: Pacer(limits.get(source, Limits())) for source in requests}
    shared = Pacer(overall or Limits())
    times: dict[str, list[float]] = {source: [] for source in requests}
    heap = [(0.0, source) for source in sorted(requests) if requests[source] > 0]
    now = 0.0
    while heap:
        ready, source = heapq.heappop(heap)
        now = shared.earliest(max(now, ready))
        pacers[source].take(now)
        shared.take(now)
        times[source].append(now)
        if len(times[source]) < requests[source]:
            heapq.heappush(heap, (pacers[source].earliest(now), source))
    return times


def _by_rate(
    requests: Mapping[str, int], limits: Mapping[str, Limits], overall: Limits | None
) -> dict[str, list[float]]:
    together = sum(requests.values()) / (overall.sustained_rate if overall else float("inf"))
    times = {}
    for source, count in requests.items():
        last = max(count / limits.get(source, Limits()).sustained_rate, together)
        times[source] = [last * n / count for n in range(count)]
    return times
