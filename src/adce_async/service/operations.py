"""What lets the service be left alone: schedules, and in what follows watches over itself.

`Service` runs the loops and tells of each pass; everything else happens here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from adce_async.app import Parts
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.engine.reconciling.schedules import Schedules


class Operations:
    """The loops that watch, and what they have to be told."""

    def __init__(self, parts: Parts, ask_pass: Callable[[], None]) -> None:
        """`ask_pass()`: a pass, as soon as may be."""
        self._parts = parts
        ports, health = parts.ports, parts.health
        self.schedules = Schedules(
            parts.rules.service.schedules, ask=ask_pass, state=ports.texts, clock=ports.clock, beat=health.beat,
            tell=health.trouble, chance=ports.chance,
        )  # fmt: skip

    def loops(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """By name."""
        return {"schedules": self.schedules.run}

    def apply(self) -> None:
        """The rules of the parts are others."""
        self.schedules.apply(self._parts.rules.service.schedules)

    def passed(self, report: PassReport) -> None:
        """A pass is done."""
        self.schedules.passed(report.started_at, report.coverage)

    def failed(self, why: str) -> None:
        """A pass has failed."""
        self.schedules.failed(why)

    def look(self) -> None:
        """Now and then."""
        last = self._parts.reconciler.last
        self.schedules.check(last.coverage if last else ())
