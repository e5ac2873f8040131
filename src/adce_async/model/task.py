"""Tasks, claims and outcomes.

A `Task` is a gap worth doing; its identity is its key. Times are seconds since the epoch (UTC).
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from adce_async.model.coverage import GapKind, Priority

AHEAD_TIER = -1
"""A task of this tier goes ahead of all others whatever their score: what comes of a game that has just ended."""
FIRST_TIER = -2
"""And before these: what is required of it."""
LOOK_TIER = -3
"""And before all: the look at a listing that tells of the next one."""


class Origin(enum.StrEnum):
    """Who asked for a task: a reconciliation pass, somebody through gaps.json, or who watches games that are on."""

    PLAN = "plan"
    FILE = "file"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Task:
    """One key to fetch. `attempts` counts finished attempts, `lost_leases` those that a crash cut off."""

    key: str
    source: str
    scraper: str
    data_type: str
    season: str | None
    fields: Mapping[str, str]
    kind: GapKind
    priority: Priority
    detected_at: float
    due: float
    reason: str = ""
    files: int = 1
    """Size of the gap's group (one scraper, season and priority): `files` of the score."""
    tier: int = 0
    freshness_seconds: float | None = None
    fingerprint: str = ""
    origin: Origin = Origin.PLAN
    force: bool = False
    attempts: int = 0
    lost_leases: int = 0
    not_before: float = 0.0

    @property
    def is_ahead(self) -> bool:
        """True if it goes ahead of all that is of no game of this night."""
        return self.tier < 0

    @property
    def request(self) -> str:
        """Tasks with the same text are served by one request (a summary is box score and play-by-play)."""
        return _request(self.scraper, tuple(self.fields.items()))


@functools.lru_cache(maxsize=1024)
def _request(scraper: str, fields: tuple[tuple[str, str], ...]) -> str:
    """(It is asked for several times on the way of each task.)"""
    return scraper + "?" + "&".join([f"{name}={value}" for name, value in sorted(fields)])


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on `task`, and the fencing token that tells it from every other claim of the same key."""

    task: Task
    token: int


class Verdict(enum.StrEnum):
    """What came of an attempt."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    RETRY = "retry"
    PARKED = "parked"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt at `key`, and what the queue has to do with it.

    stored, unchanged: forget the task. retry: again from `not_before` on, the attempt counts.
    released: again from `not_before` on, the attempt does not count. parked: the dead-letter list.
    `token`: of the claim that it settles (`Claim.token`).
    """

    key: str
    verdict: Verdict
    reason: str = ""
    not_before: float = 0.0
    status: int | None = None
    head: str = ""
    at: float = 0.0
    token: int = 0

    def under(self, token: int) -> Outcome:
        """The same under the claim with `token`. (Each attempt passes here: `replace` takes eight times as long.)"""
        return Outcome(self.key, self.verdict, self.reason, self.not_before, self.status, self.head, self.at, token)


@dataclass(frozen=True, slots=True)
class Parked:
    """A task that will not be tried again until its expectation changes or a person says so."""

    key: str
    source: str
    scraper: str
    reason: str
    attempts: int
    parked_at: float
    last_status: int | None
    head: str = ""
    fingerprint: str = ""
    kind: GapKind = GapKind.MISSING


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One finished attempt, for the history and the success rates."""

    key: str
    source: str
    scraper: str
    verdict: str
    reason: str
    at: float
    seconds: float
    bytes: int
