"""Queue, discoveries, state, history and alerts in memory: the references for their ports.

Their content outlives closing, so that a test can "restart" on them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from types import TracebackType
from typing import Self

from adce_async.model.coverage import Discovery
from adce_async.model.task import AttemptRecord, Claim, Origin, Outcome, Parked, Task, Verdict
from adce_async.ports import MAX_LOST_LEASES, POISONOUS, Note, QueueCounts


class MemoryQueue:
    """`ports.TaskQueue` in dictionaries; entering it (again) loses all claims, as a restart does."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._claims: dict[str, tuple[float, int]] = {}
        """Key -> until when, and with which token."""
        self._last_token = 0
        self._parked: dict[str, Parked] = {}
        self._ages: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        self._lose(list(self._claims))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to do."""

    async def replace(self, tasks: Sequence[Task]) -> None:
        """Make `tasks` the plan; of several tasks for one key the last counts."""
        planned = {task.key: task for task in tasks}
        for task in planned.values():
            self._merge(task)
        for key, task in list(self._tasks.items()):
            if task.origin is Origin.PLAN and key not in self._claims and key not in planned:
                del self._tasks[key]

    async def add(self, tasks: Sequence[Task]) -> None:
        """Add or update. What a person forces (origin FILE) starts afresh: no attempts, no waiting."""
        for task in {task.key: task for task in tasks}.values():
            self._merge(task)
            if task.force and task.origin is Origin.FILE:
                known = self._tasks[task.key]
                self._tasks[task.key] = replace(known, attempts=0, lost_leases=0, not_before=task.not_before)

    async def tasks(self, origin: Origin | None = None) -> Sequence[Task]:
        """All queued tasks, or those of `origin`."""
        return [task for key, task in self._tasks.items() if key not in self._claims and origin in (None, task.origin)]

    async def claim(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Claim]:
        """Claim what is free of `keys`, in their order."""
        claims = [Claim(task, self._last_token + number) for number, task in enumerate(self._free(keys, now), 1)]
        self._claims |= {claim.task.key: (until, claim.token) for claim in claims}
        self._last_token += len(claims)
        return claims

    async def renew(self, tokens: Mapping[str, int], until: float) -> Collection[str]:
        """Extend the claims held with `tokens`; returns the keys of the others."""
        lost = [key for key, token in tokens.items() if not self._holds(key, token)]
        for key in tokens.keys() - set(lost):
            before, token = self._claims[key]
            self._claims[key] = max(before, until), token
        return lost

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """Apply `outcomes`; returns the keys of those whose claim is not held."""
        refused = []
        for outcome in outcomes:
            if not self._holds(outcome.key, outcome.token):
                refused.append(outcome.key)
                continue
            del self._claims[outcome.key]
            task = self._tasks.pop(outcome.key)
            if outcome.verdict is Verdict.RETRY:
                task = replace(task, attempts=task.attempts + 1, lost_leases=0, not_before=outcome.not_before)
                self._tasks[task.key] = task
            elif outcome.verdict is Verdict.RELEASED:
                self._tasks[task.key] = replace(task, not_before=outcome.not_before)
            elif outcome.verdict is Verdict.PARKED:
                parked = _park(task, outcome.reason, outcome.at)
                self._parked[task.key] = replace(
                    parked, attempts=task.attempts + 1, last_status=outcome.status, head=outcome.head
                )
        return list(dict.fromkeys(refused))

    async def parked(self) -> Sequence[Parked]:
        """The dead-letter list, oldest first."""
        return sorted(self._parked.values(), key=lambda parked: (parked.parked_at, parked.key))

    async def unpark(self, keys: Collection[str]) -> Sequence[str]:
        """Strike `keys` off the dead-letter list; returns those that were on it, in the order given."""
        return [key for key in dict.fromkeys(keys) if self._parked.pop(key, None)]

    async def forgive(self, keys: Collection[str]) -> None:
        """Queued ones lose attempts and waiting, parked ones are struck off the list."""
        for key in keys:
            self._parked.pop(key, None)
            if key in self._tasks and key not in self._claims:
                self._tasks[key] = replace(self._tasks[key], attempts=0, not_before=0.0)

    async def remember(self, keys: Iterable[str], now: float) -> Mapping[str, float]:
        """When each gap was first detected."""
        self._ages = {key: self._ages.get(key, now) for key in keys}
        return dict(self._ages)

    async def counts(self) -> QueueCounts:
        """How many tasks are where."""
        return QueueCounts(len(self._tasks) - len(self._claims), len(self._claims), len(self._parked))

    def _merge(self, task: Task) -> None:
        """Add or update one task, as laws 2 and 3 have it."""
        parked = self._parked.get(task.key)
        if parked and parked.fingerprint == task.fingerprint and not task.force:
            return
        self._parked.pop(task.key, None)
        detected = min(task.detected_at, self._ages.get(task.key, task.detected_at))
        known = self._tasks.get(task.key)
        if known is None:
            merged = replace(task, detected_at=detected)
        elif known.origin is Origin.FILE and task.origin is Origin.PLAN:
            # what a person asked for stays as it was asked for, whatever is planned
            merged = replace(known, detected_at=min(known.detected_at, detected))
        else:
            merged = replace(
                task,
                attempts=known.attempts,
                lost_leases=known.lost_leases,
                not_before=known.not_before,
                detected_at=min(known.detected_at, detected),
            )
        self._tasks[task.key] = merged

    def _free(self, keys: Collection[str], now: float) -> list[Task]:
        """Those of `keys` that may be claimed, in their order; first what ran out is lost."""
        self._lose([key for key in dict.fromkeys(keys) if key in self._claims and self._claims[key][0] < now])
        return [self._tasks[key] for key in dict.fromkeys(keys) if key in self._tasks and key not in self._claims]

    def _holds(self, key: str, token: int) -> bool:
        return key in self._claims and self._claims[key][1] == token

    def _lose(self, keys: Iterable[str]) -> None:
        """Take back claims; a key that lost too many is parked, as of the time its claim ran out."""
        for key in keys:
            until, _ = self._claims.pop(key)
            task = self._tasks.pop(key)
            if task.lost_leases + 1 >= MAX_LOST_LEASES:
                self._parked[key] = _park(task, POISONOUS, until)
            else:
                self._tasks[key] = replace(task, lost_leases=task.lost_leases + 1)


def _park(task: Task, reason: str, at: float) -> Parked:
    return Parked(task.key, task.source, task.scraper, reason, task.attempts, at, None, "", task.fingerprint, task.kind)


class MemoryDiscoveries:
    """`ports.DiscoveryCache` in a dictionary."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, Discovery]] = {}

    async def load(self, prefix: str) -> Mapping[str, tuple[str, Discovery]]:
        """Key -> (etag, discovery) for all cached keys under `prefix`."""
        return {key: entry for key, entry in self.found.items() if key.startswith(prefix)}

    async def save(self, found: Mapping[str, tuple[str, Discovery]]) -> None:
        """Remember (key -> (etag, discovery))."""
        self.found.update(found)


class MemoryState:
    """`ports.StateStore` in a dictionary."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    async def get_text(self, name: str) -> str | None:
        """The text saved under `name`."""
        return self.texts.get(name)

    async def set_text(self, name: str, text: str) -> None:
        """Save `text` under `name`."""
        self.texts[name] = text


class _Weights:
    """What attempts count at a moment, by scraper: [bad, good]."""

    def __init__(self, at: float, half_life: float) -> None:
        self.at = at
        self.half_life = half_life
        self._of: dict[str, list[float]] = {}

    def go_on(self, now: float) -> None:
        """It is later, and all count less."""
        left = 0.5 ** ((now - self.at) / self.half_life)
        for of in self._of.values():
            of[:] = (of[False] * left, of[True] * left)
        self.at = now

    def add(self, attempt: AttemptRecord) -> None:
        """One more."""
        if attempt.verdict != Verdict.RELEASED:
            weight = 0.5 ** (max(0.0, self.at - attempt.at) / self.half_life)
            good = attempt.verdict in (Verdict.STORED, Verdict.UNCHANGED)
            self._of.setdefault(attempt.scraper, [0.0, 0.0])[good] += weight

    def rates(self) -> dict[str, float]:
        """Shares of the good ones."""
        return {scraper: good / (bad + good) for scraper, (bad, good) in self._of.items() if bad + good}


class MemoryHistory:
    """`ports.History` in a deque of the last 200,000 attempts."""

    def __init__(self) -> None:
        self.attempts: deque[AttemptRecord] = deque(maxlen=200_000)
        self._notes: deque[Note] = deque(maxlen=10_000)
        self._weights = _Weights(math.inf, 1.0)
        self._new: list[AttemptRecord] = []
        """Those that have no part in the weights yet."""

    async def record(self, attempts: Sequence[AttemptRecord]) -> None:
        """Append."""
        self.attempts.extend(attempts)
        self._new.extend(attempts)

    async def success_rates(self, now: float, half_life: float) -> Mapping[str, float]:
        """Share (0 to 1) of stored and unchanged among all attempts that were not released, by scraper.

        Summed up as they come: who asks at each pass of a year does not go through all that ever was.
        """
        if now < self._weights.at or half_life != self._weights.half_life:  # a clock that was set back
            self._weights, self._new = _Weights(now, half_life), list(self.attempts)
        self._weights.go_on(now)
        for attempt in self._new:
            self._weights.add(attempt)
        rates = self._weights.rates()
        if any(attempt.at > now for attempt in self._new):
            # told by a clock that was ahead: they count whole until it is as late as that, so all anew next time
            self._weights = _Weights(math.inf, half_life)
        self._new = []
        return rates

    async def recent(
        self, limit: int = 100, *, source: str | None = None, scraper: str | None = None, key: str | None = None
    ) -> Sequence[AttemptRecord]:
        """The last attempts, newest first; those that fit all that is given."""
        fitting = (
            each
            for each in reversed(self.attempts)
            if source in (None, each.source) and scraper in (None, each.scraper) and key in (None, each.key)
        )
        return list(islice(fitting, limit))

    async def hourly(self, since: float) -> Mapping[float, Mapping[str, int]]:
        """Attempts by hour (its beginning) and verdict, from `since` on."""
        found: dict[float, dict[str, int]] = {}
        for each in sorted(self.attempts, key=lambda each: each.at):
            if each.at >= since:
                of = found.setdefault(each.at // 3600 * 3600.0, {})
                of[each.verdict] = of.get(each.verdict, 0) + 1
        return found

    async def note(self, note: Note) -> None:
        """Remember it."""
        self._notes.append(note)

    async def notes(self, limit: int = 100, *, kind: str | None = None) -> Sequence[Note]:
        """The last notes, newest first."""
        return list(islice((each for each in reversed(self._notes) if kind in (None, each.kind)), limit))


class RecordingAlerts:
    """`ports.Alerts` that keeps what it was told, in order: (`raised` or `recovered`, name, message)."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str, str]] = []
        self.active: dict[str, str] = {}
        """Message of each alert that was raised and has not recovered."""

    async def raised(self, name: str, message: str) -> None:
        """Record it."""
        self.log.append(("raised", name, message))
        self.active[name] = message

    async def recovered(self, name: str, message: str) -> None:
        """Record it."""
        self.log.append(("recovered", name, message))
        self.active.pop(name, None)
