"""What is done about a lake that was taken over, in the background: verified within its budget, an hour at a time.

And what is said of one that others have filled and nobody has taken over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from adce_async.engine.events import Event, Handler, PassDone
from adce_async.engine.reconciling.verifier import Report, Verifier
from adce_async.model.adoption import ADOPTION, Adoption
from adce_async.model.coverage import Coverage
from adce_async.ports import Clock, StateStore

log = structlog.get_logger("adce.adoption")

HOUR = 3600.0


class Adopted:
    """Verifies what was adopted until all of it is."""

    def __init__(self, verifier: Verifier, texts: StateStore, clock: Clock) -> None:
        self._verifier = verifier
        self._texts = texts
        self._clock = clock

    async def verify_some(self) -> Report | None:
        """Spend the budget of one hour, if the last one is over; None if there is nothing to do.

        Raises StoreError or QueueError; what was judged until then stays.
        """
        adoption = Adoption.from_text(await self._texts.get_text(ADOPTION))
        if adoption is None or adoption.verified_at is not None or not adoption.budget.requests:
            return None
        now = self._clock.now()
        if adoption.worked_at is not None and 0 <= now - adoption.worked_at < HOUR:
            return None
        # before it is spent: who is killed again and again must not spend it again and again
        await self._texts.set_text(ADOPTION, replace(adoption, worked_at=now).to_text())
        report = await self._verifier.run(budget=adoption.budget)
        if report.finished:
            done = replace(adoption, worked_at=now, verified_at=self._clock.now())
            await self._texts.set_text(ADOPTION, done.to_text())
        judged = sum(row.judged for row in report.rows)
        log.info("adopted objects were verified", judged=judged, invalid=len(report.invalid), all=report.finished)
        return report


def adoption_hint(texts: StateStore) -> Handler:
    """Of PassDone: says once, of a lake that is mostly others' work, that it can be adopted."""
    said = False

    async def hint(events: Sequence[Event]) -> None:
        nonlocal said
        passes = [event for event in events if isinstance(event, PassDone)]
        if said or not passes:
            return
        total = Coverage.total(passes[-1].coverage)
        others = total.stored - total.verified
        if 2 * others > total.stored and Adoption.from_text(await texts.get_text(ADOPTION)) is None:
            said = True
            log.info("others have filled this lake", objects=others, next="`adce adopt` takes it over and verifies it")

    return hint
