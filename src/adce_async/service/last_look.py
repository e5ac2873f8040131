"""The last look at the lake, whoever made it: of several machines one looks, and all are asked how it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adce_async.app import Parts
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.model.coverage import Coverage
from adce_async.service.since_look import SinceLook


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Began `at`, seconds since the epoch. Two of them are never the same one."""

    at: float
    coverage: Sequence[Coverage]
    never_final: Sequence[str] = ()


class LastLook:
    """Of running parts."""

    def __init__(self, parts: Parts, since: SinceLook | None = None) -> None:
        """`since`: what we have stored later; it begins anew with a look of somebody else's."""
        self._parts = parts
        self._since = since
        self._own: tuple[PassReport, Look] | None = None
        self._shared: Look | None = None

    @property
    def follows(self) -> bool:
        """True if passes are somebody else's to make."""
        membership = self._parts.ports.membership
        return membership is not None and not membership.leads

    @property
    def last(self) -> Look | None:
        """None before the first one."""
        report = self._parts.reconciler.last
        if report is not None and (self._own is None or self._own[0] is not report):
            self._own = report, Look(report.started_at, report.coverage, report.never_final)
        own = self._own[1] if self._own is not None else None
        if not self.follows or self._shared is None:
            return own
        return self._shared if own is None or own.at <= self._shared.at else own

    async def refresh(self) -> None:
        """See what the leader has seen. Raises QueueError."""
        history = self._parts.ports.coverage
        if not self.follows or history is None:
            return
        found = await history.as_of(self._parts.ports.clock.now())
        if found is None or (self._shared is not None and self._shared.at == found.since):
            return
        self._shared = Look(found.since, [*found.rows.values()])
        if self._since is not None:
            self._since.begin()
