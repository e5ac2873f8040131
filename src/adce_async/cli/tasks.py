"""tasks: what is running, what comes next, with which score, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import click

from adce_async.cli import render
from adce_async.cli.common import load_readable
from adce_async.cli.live import Live, look
from adce_async.cli.options import FAILURE, Globals
from adce_async.cli.plan_summary import number
from adce_async.cli.service_client import ask
from adce_async.model.days import iso
from adce_async.planning.forecast import Planned

TOO_MANY = "they are too many to tell when each has its turn, see `adce plan`"


def tasks(given: Globals, as_json: bool, limit: int) -> int:
    """Running tasks first, then those that wait, in the order in which they are wanted. Exit 1 if it can't be read."""
    loaded = load_readable(given)
    live = look(loaded)
    if live.problem:
        click.echo(f"adce: {live.problem}", err=True)
        return FAILURE
    ask_it = partial(ask, loaded.settings) if live.status is not None else lambda _path: None
    limits = ask_it("/rate-limits") or {}
    told = {row["key"]: row for row in (ask_it(f"/tasks?limit={limit}") or {}).get("tasks", ())}
    running = list(_running(live))
    if live.forecast is not None:
        planned = live.forecast.planned
        waiting = [waiting_row(each, live, limits) for each in (planned if as_json else planned[:limit])]
    else:  # too many to play through: then there are those that the service names
        waiting = [dict(row) for row in told.values() if row.get("state") in ("queued", "delayed")]
    for row in waiting:  # what the service itself says is nearer the truth
        row["waits_for"] = told.get(row["key"], {}).get("waits_for") or row["waits_for"]
    if as_json:
        render.show_json(
            {
                "runs": live.runs,
                "running": len(running),
                "queued": live.counts.queued,
                "at": iso(live.now),
                "tasks": [*running, *waiting],
            }
        )
        return 0
    if running or waiting:
        render.table(
            ("state", "key", "source", "score", "eta", "waits for"),
            (
                (row["state"], row["key"], row["source"], _score(row), _eta(row), row["waits_for"])
                for row in (*running, *waiting)
            ),
            right={"score", "eta"},
            spare=("waits for", "eta", "score", "source"),
            fold={"waits for"},
            see="adce tasks --json",
        )
    if live.forecast is None:
        why = "when each has its turn can't be told before the configuration is mended" if live.broken else TOO_MANY
        click.echo(f"{number(len(running))} running, {number(live.counts.queued)} waiting; {why}")
        return 0
    more = f", {len(planned) - limit} more than shown (--limit, --json)" if len(planned) > limit else ""
    click.echo(
        f"{number(len(running))} running, {number(len(planned))} waiting{more}{'' if live.runs else '; nothing runs'}"
    )
    return 0


def _running(live: Live) -> Iterator[dict[str, Any]]:
    for request in (live.status or {}).get("running") or []:
        for key in request.get("keys") or []:
            yield {"state": "running", "key": key, "source": request.get("source"), "waits_for": None}


def waiting_row(planned: Planned, live: Live, limits: Mapping[str, Any]) -> dict[str, Any]:
    """One that waits; `limits`: `/rate-limits`, where the service answers."""
    task = planned.task
    return {
        "state": "delayed" if task.not_before > live.now else "queued",
        "key": task.key,
        "source": task.source,
        "scraper": task.scraper,
        "priority": task.priority.name,
        "score": planned.score,
        "factors": planned.factors.as_dict(),
        "attempts": task.attempts,
        "eta": round(planned.eta, 1),
        "waits_for": _why(planned, live, limits.get(task.source) or {}),
    }


def _why(planned: Planned, live: Live, limits: Mapping[str, Any]) -> str:
    """The one thing that holds it up, the longest-lasting first."""
    task, said = planned.task, live.status or {}
    if not live.runs:
        return "nothing runs"
    if said.get("paused_because"):
        return f"paused: {said['paused_because']}"
    if held := (said.get("paused_sources") or {}).get(task.source):
        return f"{task.source} is held: {held}"
    if task.not_before > live.now:
        tried = f" after {task.attempts} attempts" if task.attempts else ""
        return f"tried again from {iso(task.not_before)}{tried}"
    if limits.get("breaker") == "open":
        return f"{task.source} does not answer (breaker open)"
    if until := limits.get("cooling_until"):
        return f"{task.source} cools until {until}"
    if planned.eta <= 1.0:
        return "its turn"
    return f"its turn, within the limits of {task.source}"


def _score(row: Mapping[str, Any]) -> str:
    return f"{row['score']:.1f}" if "score" in row else ""


def _eta(row: Mapping[str, Any]) -> str:
    return render.duration(row["eta"]) if "eta" in row else ""
