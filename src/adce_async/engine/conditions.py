"""Figures that become troubles: too many attempts that fail, a pass that takes too long, tasks that grow old, drift.

Each is looked at now and then; the trouble is over when the figure is well below what raised it, so that it does not
come and go with each attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adce_async.engine.events import Event, PassDone, TaskSettled
from adce_async.model.days import iso
from adce_async.model.task import Verdict
from adce_async.planning.sliding import SlidingCounts

HOUR = 3600.0
LEAST_ATTEMPTS = 20
"""A share of fewer attempts says nothing."""
CALM = 0.8
"""A figure is well below its threshold below this share of it."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a figure is a trouble; times in seconds. `error_rate`, `limit_near`: shares from 0 to 1."""

    reconciler_silent: float = 300.0
    pass_longest: float = 3600.0
    stale: float = 24 * HOUR
    error_rate: float = 0.1
    limit_near: float = 0.9


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand. `silent_for`: seconds by which the reconciler is late; `oldest_critical`: when the oldest
    CRITICAL task was detected (seconds since the epoch); `used`: share of the longest window, by source.
    """

    silent_for: float
    waiting: int
    held: str
    oldest_critical: float | None
    used: Mapping[str, float]


class Conditions:
    """Watches figures."""

    def __init__(self, thresholds: Thresholds, now: Callable[[], float], tell: Callable[[str, str], object]) -> None:
        """`tell(name, text)`: '' is recovery."""
        self._thresholds = thresholds
        self._now = now
        self._tell = tell
        self._attempts = SlidingCounts(HOUR)
        self._high = False
        self._near: set[str] = set()
        self._finished_at = now()
        """When a task was finished last, or none waited."""
        self._pass_since: float | None = None

    def apply(self, thresholds: Thresholds) -> None:
        """Judge by these from now on."""
        self._thresholds = thresholds

    def pass_began(self) -> None:
        """A pass is under way."""
        self._pass_since = self._now()

    def pass_ended(self) -> None:
        """However it went."""
        self._pass_since = None

    def handle(self, events: Sequence[Event]) -> None:
        """(Of TaskSettled and PassDone.)"""
        now = self._now()
        for event in events:
            if isinstance(event, TaskSettled):
                if event.outcome.verdict in (Verdict.STORED, Verdict.UNCHANGED):
                    self._attempts.add("good", now)
                    self._finished_at = now
                elif event.outcome.verdict in (Verdict.RETRY, Verdict.PARKED):
                    self._attempts.add("bad", now)
                    self._finished_at = now if event.outcome.verdict is Verdict.PARKED else self._finished_at
            elif isinstance(event, PassDone):
                count = event.cycle.drift
                text = f"{count} objects were otherwise than remembered, at the pass of {iso(event.at)}"
                self._tell("drift", text if count else "")

    def look(self, figures: Figures) -> None:
        """Judge."""
        now, limits = self._now(), self._thresholds
        silent = figures.silent_for > limits.reconciler_silent
        self._tell("reconciler silent", f"no sign of life for {figures.silent_for / 60:.0f} min" if silent else "")
        took = 0.0 if self._pass_since is None else now - self._pass_since
        text = f"under way for {took / 60:.0f} min; orchestrator_timeout_minutes is {limits.pass_longest / 60:g}"
        self._tell("pass", text if took > limits.pass_longest else "")
        self._errors(now)
        self._stale(figures, now)
        self._limits(figures.used)

    def _errors(self, now: float) -> None:
        good, bad = self._attempts.of("good", now), self._attempts.of("bad", now)
        rate = bad / (good + bad) if good + bad >= LEAST_ATTEMPTS else 0.0
        threshold = self._thresholds.error_rate * (CALM if self._high else 1.0)
        self._high = rate > threshold
        text = f"{bad} of {good + bad} attempts failed within the last hour ({100 * rate:.0f} %)"
        self._tell("error rate", text if self._high else "")

    def _stale(self, figures: Figures, now: float) -> None:
        stale = self._thresholds.stale
        if not figures.waiting or figures.held or self._finished_at > now:
            self._finished_at = now
        idle = now - self._finished_at
        text = f"{figures.waiting} tasks wait, and none was finished for {idle / HOUR:.0f} h"
        self._tell("task queue", text if idle > stale else "")
        age = 0.0 if figures.oldest_critical is None else now - figures.oldest_critical
        text = f"one has waited for {age / HOUR:.0f} h; `adce tasks` says what for"
        self._tell("critical tasks", text if age > stale and not figures.held else "")

    def _limits(self, used: Mapping[str, float]) -> None:
        for source in self._near - used.keys():
            self._near.discard(source)
            self._tell(f"limit of {source}", "")
        for source, share in used.items():
            threshold = self._thresholds.limit_near * (CALM if source in self._near else 1.0)
            (self._near.add if share > threshold else self._near.discard)(source)
            text = f"{100 * share:.0f} % of its longest window is used"
            self._tell(f"limit of {source}", text if share > threshold else "")
