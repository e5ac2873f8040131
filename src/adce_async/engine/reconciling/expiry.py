"""What somebody asked for through gaps.json has its time: what has not come by then is dropped, and said.

When it was asked for is remembered here, since a task's own time is when its gap was first seen, which may be long
before. What is a gap is planned anew by the next pass; what is none (somebody insisted) is gone.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import structlog

from adce_async.model.days import DAY
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.ports import Clock, StateStore, TaskQueue

log = structlog.get_logger("adce.reconciler")

ASKED_AT = "gaps.json asked at"
"""Name in the state store of the keys that are asked for, and since when."""
_NAMED = 3
_CLAIM_SECONDS = 60.0


class Expiry:
    """Drops what was asked for long ago."""

    def __init__(self, queue: TaskQueue, state: StateStore, clock: Clock) -> None:
        self._queue = queue
        self._state = state
        self._clock = clock

    async def drop(self, asked: Sequence[Task], seconds: float | None) -> list[Task]:
        """Those of `asked` (all queued tasks of that origin) that are not older than `seconds`; the others are gone.

        Raises QueueError; then they are dropped by a later pass.
        """
        now = self._clock.now()
        known = await self._known()
        since = {task.key: min(known.get(task.key, now), now) for task in asked}
        old = [] if seconds is None else [key for key, at in since.items() if now - at > seconds]
        gone: set[str] = set()
        if old:
            gone = await self._end(old, now)
            more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
            log.warning(
                "asked for too long ago, dropped",
                keys=f"{', '.join(sorted(gone)[:_NAMED])}{more}",
                days=round((seconds or 0.0) / DAY, 1),
                next="what is a gap is planned by the next pass",
            )
        left = {key: at for key, at in since.items() if key not in gone}
        if left != known:
            await self._state.set_text(ASKED_AT, orjson.dumps(left).decode())
        return [task for task in asked if task.key not in gone]

    async def _end(self, keys: Sequence[str], now: float) -> set[str]:
        """Claimed and settled like what is done; what another works on stays."""
        claims = await self._queue.claim(keys, now=now, until=now + _CLAIM_SECONDS)
        ends = [Outcome(claim.task.key, Verdict.UNCHANGED, "too old", at=now, token=claim.token) for claim in claims]
        refused = set(await self._queue.settle(ends)) if ends else set()
        return {end.key for end in ends} - refused

    async def _known(self) -> dict[str, float]:
        try:
            rows = orjson.loads(await self._state.get_text(ASKED_AT) or "{}")
            return {str(key): float(at) for key, at in rows.items()}
        except (TypeError, ValueError, AttributeError) as error:
            log.warning("since when tasks are asked for is forgotten", error=str(error), next="their time begins anew")
            return {}
