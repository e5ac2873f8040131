"""plan: what would be fetched, in which order and why, and when it would be done. Works beside a running service."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import click

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.coverage import survey_of
from adce_async.cli.forecast_inputs import gather_inputs
from adce_async.cli.options import Globals
from adce_async.cli.plan_summary import plan_summary, unforeseen_lines
from adce_async.clock import SystemClock
from adce_async.model.coverage import Coverage
from adce_async.planning.forecast import Forecast, Planned, forecast
from adce_async.planning.plan import plan as plan_tasks
from adce_async.planning.plan import within_caps
from adce_async.planning.unforeseen import Unforeseen, unforeseen
from adce_async.resources import open_state
from adce_async.service.loops import RATE_HALF_LIFE

MAX_ROWS = 50


def plan(given: Globals, as_json: bool, limit: int) -> None:
    """What would be fetched, in which order and why, and when it would be done if nothing goes wrong."""
    loaded = load_all(given)
    prospect = run_async(_forecast(loaded))
    seen = prospect.forecast
    said = plan_summary(seen, prospect.coverage, prospect.parked, now=prospect.now)
    if as_json:
        render.show_json(
            {
                "verdict": said,
                "tasks": [
                    {
                        "key": each.task.key,
                        "scraper": each.task.scraper,
                        "priority": each.task.priority.name,
                        "score": each.score,
                        "factors": each.factors.as_dict(),
                        "eta": round(each.eta, 3),
                    }
                    for each in seen.planned
                ],
                "eta_seconds": round(seen.eta_seconds, 3),
                "bound_by": seen.bound_by,
                "unforeseen": [each.as_dict() for each in prospect.unforeseen],
            }
        )
        return
    render.text(said)
    for line in unforeseen_lines(prospect.unforeseen):
        render.text(line)
    if seen.planned:
        click.echo()
        _show_tasks(seen.planned, limit)


def _show_tasks(planned: Sequence[Planned], limit: int) -> None:
    """The first of them, with what their scores are made of."""
    render.table(
        ("key", "scraper", "priority", "score", "base", "age", "source", "size", "success", "penalty", "bonus", "eta"),
        (
            (
                each.task.key,
                each.task.scraper,
                each.task.priority.name,
                f"{each.score:.1f}",
                f"{each.factors.base:g}",
                f"+{each.factors.age_points:.2f}",
                f"x{each.factors.source:g}",
                f"x{each.factors.size:g}",
                f"x{each.factors.success:g}",
                f"{each.factors.size_penalty:+.1f}",
                f"{each.factors.success_bonus:+.1f}",
                render.duration(each.eta),
            )
            for each in planned[:limit]
        ),
        right={"score", "base", "age", "eta"},
        spare=("eta", "priority", "scraper", "age", "base", "source", "size", "success", "penalty", "bonus"),
        see="adce plan --json",
    )
    if len(planned) > limit:
        click.echo(f"... and {len(planned) - limit} more (--limit, --json)")


@dataclass(frozen=True)
class _Prospect:
    """A forecast, and what it is held against."""

    forecast: Forecast
    coverage: Sequence[Coverage]
    parked: int
    """Gaps that are parked."""
    unforeseen: Sequence[Unforeseen]
    now: float


async def _forecast(loaded: Loaded) -> _Prospect:
    clock = SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        state = await stack.enter_async_context(open_state(loaded.resources, clock, exclusive=False))
        survey = await survey_of(loaded, stack, state)
        now = clock.now()
        known = {task.key: task for task in await state.queue.tasks()}
        parked = {entry.key: entry.fingerprint for entry in await state.queue.parked()}
        rules = loaded.rules.plan
        ages = {key: task.detected_at for key, task in known.items()}
        planned = plan_tasks(survey.findings, rules, now=now, first_detected=ages)
        open_tasks = [
            task for task in planned if parked.get(task.key, "") != task.fingerprint or task.key not in parked
        ]
        keys = {task.key for task in planned}
        asked = [task for key, task in known.items() if key not in keys]
        tasks = within_caps([*open_tasks, *asked], rules, now)
        rates = await state.history.success_rates(now, RATE_HALF_LIFE)
        conditions = await gather_inputs(loaded, loaded.rules, state, tasks, now)
        return _Prospect(
            forecast(tasks, rules.score, conditions, now=now, success_rates=rates),
            survey.coverage,
            len(planned) - len(open_tasks),
            unforeseen(loaded.catalog.declared, survey.coverage, now=now),
            now,
        )
