"""What is going on: what the running service says, and what its database and reports say whether it runs or not."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adce_async.cli.common import Loaded, run_async
from adce_async.cli.forecast_inputs import gather_inputs
from adce_async.cli.service_client import ask, url_of
from adce_async.clock import SystemClock
from adce_async.config.settings import Settings
from adce_async.errors import AdceError
from adce_async.model.days import iso
from adce_async.model.task import Task
from adce_async.planning.forecast import Forecast, forecast
from adce_async.policies import EngineRules
from adce_async.ports import QueueCounts
from adce_async.resources import open_state
from adce_async.service import pid_file
from adce_async.service.loops import RATE_HALF_LIFE

MOST_PLAYED = 30_000
"""More tasks than these are not played through one by one: it would take seconds."""


@dataclass(slots=True)
class Live:
    """One look. `forecast`: of what waits, None if that is too much or can't be read."""

    pid: int | None
    """Of the running service; None if none runs, or one that could not write down who it is."""
    url: str | None
    status: Mapping[str, Any] | None
    """`/status`; None if nobody answers."""
    coverage: Mapping[str, Any] | None
    """Rows and totals of the last pass."""
    now: float
    rules: EngineRules
    looked_at: str | None = None
    """When the lake was looked at for `coverage`."""
    counts: QueueCounts = field(default_factory=lambda: QueueCounts(0, 0, 0))
    forecast: Forecast | None = None
    problem: str = ""
    """Why the database could not be read."""
    asks: bool = True
    """False if the service was told to answer nobody."""
    broken: bool = False
    """True if the configuration could not be read whole: a service may be elsewhere than where it was looked for."""

    @property
    def runs(self) -> bool:
        """True if the service is there, even if it does not answer."""
        return self.status is not None or self.pid is not None

    @property
    def totals(self) -> Mapping[str, Any]:
        """As of the last pass and what was stored since; empty if there was none."""
        if self.coverage is None or self.coverage.get("at", "") is None:  # it runs, and has not looked yet
            return {}
        found = self.coverage.get("totals", {})
        return found if isinstance(found, Mapping) else {}

    @property
    def gaps(self) -> int | None:
        """As of the last pass; None if there was none."""
        if not self.totals:
            return None
        return sum(int(self.totals.get(kind) or 0) for kind in ("missing", "stale", "small", "invalid"))

    @property
    def eta_seconds(self) -> float | None:
        """Until the last request of what waits goes, at the earliest; None if that is not known."""
        if self.forecast is not None:
            return self.forecast.eta_seconds
        return None


def look(loaded: Loaded) -> Live:
    """Ask the service, and read what is stored. It makes no file."""
    settings = loaded.settings
    holder = pid_file.read(settings.paths.pid_file)
    status = ask(settings, "/status")
    clock = SystemClock()
    live = Live(
        pid=holder.pid if holder else None,
        url=url_of(settings) if status is not None or holder else None,
        status=status,
        coverage=_coverage(settings) if status is not None else None,
        now=clock.now(),
        rules=loaded.rules,
        asks=settings.service.health_check.enabled,
        broken=bool(settings.left_out),
    )
    if live.coverage is None:
        live.coverage, live.looked_at = _report(loaded)
    else:
        live.looked_at = live.coverage["at"]
    try:
        run_async(_read(loaded, live))
    except AdceError as error:
        live.problem = str(error)
    return live


def _coverage(settings: Settings) -> Mapping[str, Any] | None:
    """What the service says of the lake; None before its first pass."""
    found = ask(settings, "/coverage")
    return found if found is not None and found.get("at") else None


def _report(loaded: Loaded) -> tuple[Mapping[str, Any] | None, str | None]:
    """The coverage report of the last pass, as it stands in the inventory, and when it was written."""
    file = loaded.settings.paths.coverage_file
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(file.read_bytes())
        if isinstance(found, Mapping):
            return found, iso(file.stat().st_mtime)
    return None, None


async def _read(loaded: Loaded, live: Live) -> None:
    async with open_state(loaded.resources, SystemClock(), exclusive=False) as state:
        live.counts = await state.queue.counts()
        if live.counts.queued > MOST_PLAYED:
            return
        queued = await state.queue.tasks()
        tasks: Sequence[Task] = [task for task in queued if task.scraper in loaded.catalog.scrapers]
        if loaded.settings.left_out and len(tasks) < len(queued):  # what they would be fetched by could not be read
            return
        conditions = await gather_inputs(loaded, live.rules, state, tasks, live.now)
        rates = await state.history.success_rates(live.now, RATE_HALF_LIFE)
        live.forecast = forecast(tasks, live.rules.plan.score, conditions, now=live.now, success_rates=rates)
