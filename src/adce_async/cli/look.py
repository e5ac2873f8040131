"""plan, coverage, parked: what is, what would be. They work beside a running service and change nothing
(but `parked retry`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import click

from adce_async.app import State, make_surveyor, open_state, open_store
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.main import FAILURE, Globals
from adce_async.cli.outset import look_out
from adce_async.cli.progress import note
from adce_async.cli.verdict import foresight, verdict
from adce_async.clock import SystemClock
from adce_async.engine.reconciling.reconciler import coverage_document
from adce_async.engine.reconciling.survey import Survey
from adce_async.model.coverage import Coverage
from adce_async.model.days import iso
from adce_async.model.task import Parked
from adce_async.planning.forecast import Forecast, Planned, forecast
from adce_async.planning.outlook import Unforeseen, unforeseen
from adce_async.planning.plan import plan as plan_tasks
from adce_async.planning.plan import within_caps
from adce_async.policies import plan_rules
from adce_async.service import RATE_HALF_LIFE

MAX_ROWS = 50


def plan(given: Globals, as_json: bool, limit: int) -> None:
    """What would be fetched, in which order and why, and when it would be done if nothing goes wrong."""
    loaded = load_all(given)
    prospect = run_async(_forecast(loaded))
    seen = prospect.forecast
    said = verdict(seen, prospect.coverage, prospect.parked, now=prospect.now)
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
    for line in foresight(prospect.unforeseen):
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
        state = await stack.enter_async_context(open_state(loaded.settings, clock, exclusive=False))
        survey = await _survey(loaded, stack, state)
        now = clock.now()
        known = {task.key: task for task in await state.queue.tasks()}
        parked = {entry.key: entry.fingerprint for entry in await state.queue.parked()}
        rules = plan_rules(loaded.settings, clock)
        ages = {key: task.detected_at for key, task in known.items()}
        planned = plan_tasks(survey.findings, rules, now=now, first_detected=ages)
        open_tasks = [
            task for task in planned if parked.get(task.key, "") != task.fingerprint or task.key not in parked
        ]
        keys = {task.key for task in planned}
        asked = [task for key, task in known.items() if key not in keys]
        tasks = within_caps([*open_tasks, *asked], rules, now)
        rates = await state.history.success_rates(now, RATE_HALF_LIFE)
        outset = await look_out(loaded, state, tasks, now)
        return _Prospect(
            forecast(tasks, rules.score, outset, now=now, success_rates=rates),
            survey.coverage,
            len(planned) - len(open_tasks),
            unforeseen(loaded.catalog.declared, survey.coverage, now=now),
            now,
        )


async def _survey(loaded: Loaded, stack: contextlib.AsyncExitStack, state: State) -> Survey:
    clock = SystemClock()
    store = await stack.enter_async_context(open_store(loaded.settings, clock, exclusive=False))
    return await make_surveyor(loaded.catalog, store, state, clock).look()


def coverage(given: Globals, as_json: bool) -> None:
    """HAVE against SHOULD per source, data type and season."""
    survey = run_async(_coverage(load_all(given)))
    problems = [str(problem) for problem in survey.problems]
    if as_json:
        document = coverage_document(survey.coverage, survey.never_final)
        render.show_json({**document, "problems": problems})
    else:
        render.coverage_table(survey.coverage)
        render.never_final(survey.never_final)
        for problem in problems:
            note(f"refused: {problem}")


async def _coverage(loaded: Loaded) -> Survey:
    async with contextlib.AsyncExitStack() as stack:
        state = await stack.enter_async_context(open_state(loaded.settings, SystemClock(), exclusive=False))
        return await _survey(loaded, stack, state)


def parked(given: Globals, as_json: bool) -> None:
    """The dead-letter list: what will not be tried again by itself, and why."""
    entries = run_async(_parked(load_all(given)))
    if as_json:
        render.show_json({"parked": [_entry(entry) for entry in entries]})
        return
    render.table(
        ("key", "source", "attempts", "status", "parked at", "reason"),
        ((e.key, e.source, e.attempts, e.last_status, iso(e.parked_at), e.reason) for e in entries),
        right={"attempts"},
        spare=("status", "attempts", "parked at", "source"),
        fold={"reason"},
        see="adce parked --json",
    )
    click.echo(f"{len(entries)} parked" + ("; `adce parked retry KEY...` brings tasks back" if entries else ""))


def _entry(entry: Parked) -> dict[str, object]:
    return {
        "key": entry.key,
        "source": entry.source,
        "scraper": entry.scraper,
        "reason": entry.reason,
        "attempts": entry.attempts,
        "parked_at": iso(entry.parked_at),
        "last_status": entry.last_status,
        "head": entry.head,
    }


async def _parked(loaded: Loaded) -> list[Parked]:
    async with open_state(loaded.settings, SystemClock(), exclusive=False) as state:
        return list(await state.queue.parked())


def retry(
    given: Globals,
    keys: tuple[str, ...],
    source: str | None,
    scraper: str | None,
    reason: str | None,
    everything: bool,
) -> int:
    """Bring KEYS, or what the options select, back; the next pass plans them anew."""
    selects = source is not None or scraper is not None or reason is not None
    if bool(keys) + selects + everything != 1:
        raise click.UsageError(
            "give KEYS, or --source, --scraper, --reason (together: what all of them select), or --all"
        )
    loaded = load_all(given)
    if not keys:
        keys = tuple(
            entry.key
            for entry in run_async(_parked(loaded))
            if source is None or source.casefold() == entry.source.casefold()
            if scraper in (None, entry.scraper)
            if (reason is None or reason.casefold() in entry.reason.casefold())
        )
        if not keys:
            click.echo("nothing is parked" if everything else "nothing parked matches; `adce parked` lists what is")
            return 0 if everything else FAILURE
    back = run_async(_retry(loaded, keys))
    for key in keys:
        click.echo(f"{key}: {'will be tried again' if key in back else 'is not parked'}")
    return 0 if set(keys) == set(back) else FAILURE


async def _retry(loaded: Loaded, keys: tuple[str, ...]) -> list[str]:
    there = loaded.settings.paths.state_db.exists()
    async with open_state(loaded.settings, SystemClock(), exclusive=False, keep=there) as state:
        return list(await state.queue.unpark(keys))
