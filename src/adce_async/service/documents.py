"""What the service says of itself over HTTP: the documents of `web.routes`."""

from __future__ import annotations

from collections.abc import Callable

from adce_async import __version__
from adce_async.app import Parts
from adce_async.engine.reconciling.reconciler import coverage_document
from adce_async.engine.trends import with_trend
from adce_async.model.days import iso
from adce_async.service.last_look import LastLook
from adce_async.service.rate_limits import rate_limits
from adce_async.service.since_look import SinceLook


class Documents:
    """`web.routes.View` of running parts."""

    def __init__(
        self,
        parts: Parts,
        cycles: Callable[[], int],
        next_pass: Callable[[], float | None],
        since: SinceLook | None = None,
        look: LastLook | None = None,
    ) -> None:
        """`cycles()`: passes that are done; `next_pass()`: seconds until the next one, None during the first one.
        `since`: what was stored after the last one; `look`: at the lake.
        """
        self._since = since or SinceLook()
        self._look = look or LastLook(parts)
        self._parts = parts
        self._cycles = cycles
        self._next_pass = next_pass

    def health(self) -> dict[str, object]:
        """`/health`."""
        health = self._parts.health
        return {
            "status": health.status,
            "version": __version__,
            "uptime_seconds": round(health.uptime, 1),
            "components": health.components(),
            "orchestrator": self._orchestrator(),
        }

    def broken(self) -> list[str]:
        """Loops that broke their promise."""
        return self._parts.health.broken()

    def ready(self) -> list[str]:
        """Why not ready."""
        reasons = self._parts.health.troubles("storage", "lake", "queue")
        looks = self._parts.rules.service.reconciles and not self._look.follows
        if self._parts.reconciler.last is None and looks:
            reasons.append("reconciler: the first pass is not done yet")
        return reasons

    def rate_limits(self) -> dict[str, object]:
        """`/rate-limits`."""
        return dict(rate_limits(self._parts))

    def status(self) -> dict[str, object]:
        """`/status`."""
        parts = self._parts
        last = parts.reconciler.last
        now = parts.ports.clock.now()
        return {
            **self.health(),
            "reconciliation_cycles": self._cycles(),
            "last_reconciliation": last.as_dict() if last else None,
            "next_reconciliation_in_seconds": self._next_pass(),
            "queue": {"waiting": parts.pool.waiting, "running": len(parts.pool.running_tasks)},
            "running": [
                {"request": request, "keys": [task.key for task in tasks], "source": tasks[0].source}
                for request, tasks in parts.pool.running_tasks.items()
            ],
            "paused": bool(parts.pool.held),
            "paused_because": parts.pool.held.why or None,
            "safe_mode": parts.safe_mode or None,
            "paused_sources": {
                lane.source: why
                for lane in parts.lanes
                if (why := lane.held.why or parts.pool.closures.why(lane.source))
            },
            "at": iso(now),
            **({"leader": parts.ports.membership.view.leader or None} if parts.ports.membership else {}),
        }

    def coverage(self) -> dict[str, object]:
        """`/coverage`: rows and totals, with the change since yesterday; `at`: when the lake was looked at;
        `stored_since`: objects that were stored later, and are counted.
        """
        last = self._look.last
        if last is None:
            return {"at": None, "stored_since": 0, **coverage_document([])}
        rows = self._since.now(last.coverage)
        document = coverage_document(rows, last.never_final)
        of_look = {"at": iso(last.at), "stored_since": self._since.stored}
        return of_look | with_trend(document, rows, self._parts.trends.past())

    def _orchestrator(self) -> dict[str, object]:
        counts = self._parts.pool.tally.by_verdict
        good = counts.get("stored", 0) + counts.get("unchanged", 0)
        finished = good + counts.get("parked", 0) + counts.get("retry", 0)
        return {
            "success_rate": round(good / finished, 4) if finished else None,
            "tasks_executed": finished,
            "outcomes": dict(counts),
        }
