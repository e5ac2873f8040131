"""status, health: is it well, is it complete, what is it doing, when will it be done."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import click

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_readable
from adce_async.cli.live import Live, look
from adce_async.cli.options import FAILURE, Globals
from adce_async.cli.plan_summary import count, number
from adce_async.cli.service_client import ask, url_of
from adce_async.cli.watch import watching
from adce_async.model.days import iso
from adce_async.planning.simulation import GLOBAL, SLOTS
from adce_async.service import pid_file

WIDTH = 80
LABEL = 10
MOST_NAMED = 3
"""Running tasks, and troubles, that are named; the rest are counted."""
STOPPED, SILENT, UNKNOWN = "stopped", "silent", "unknown"
"""What `status` says beside healthy, degraded, unhealthy: nothing runs; it does not answer; it was told not to."""
NOT_FOUND = "nothing that runs is found; what can't be read of the configuration may say where it is"
OFF = "health_check is off, so that nobody can ask how it is"


def status(given: Globals, as_json: bool, watch: bool = False, every: float = 2.0) -> int:
    """Four answers on the first screen. Exit 0 if the service is healthy or degraded, else 1.

    `watch`: drawn anew every so many seconds, until Ctrl-C.
    """
    loaded = load_readable(given)
    if watch:
        if as_json:
            raise click.UsageError("--watch draws for people; expected it without --json (/events is for programs)")
        return watching(lambda: _watched(loaded), every)
    live = look(loaded)
    how = _how(live)
    if as_json:
        render.show_json(_document(live, how))
    else:
        click.echo("\n".join(_lines(live, how)))
    return 0 if how in ("healthy", "degraded", UNKNOWN) else FAILURE


def _watched(loaded: Loaded) -> str:
    """One screen: the four answers, and a line a source."""
    live = look(loaded)
    limits = (ask(loaded.settings, "/rate-limits") or {}) if live.status is not None else {}
    rows = [_source_line(name, row) for name, row in limits.items() if not name.startswith("_")]
    return "\n".join([iso(live.now), "", *_lines(live, _how(live)), *([""] if rows else []), *rows])


def _source_line(name: str, row: Mapping[str, Any]) -> str:
    windows = ", ".join(f"{each['used']} of {each['limit']} a {kind}" for kind, each in row["windows"].items())
    trouble = "breaker open" if row.get("breaker") == "open" else ""
    if row.get("cooling_until"):
        trouble = f"cools until {row['cooling_until']}"
    return textwrap.shorten(f"{name}: {'; '.join(filter(None, (trouble, windows)))}", WIDTH, placeholder=" ...")


def _lines(live: Live, how: str) -> Iterator[str]:
    for label, text in _screen(live, how):
        yield textwrap.fill(
            text, WIDTH, initial_indent=label.ljust(LABEL), subsequent_indent=" " * LABEL,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def _how(live: Live) -> str:
    if live.status is not None:
        return str(live.status.get("status", SILENT))
    return (SILENT if live.asks else UNKNOWN) if live.runs else STOPPED


def _document(live: Live, how: str) -> dict[str, Any]:
    """What `/status` says, and what follows from the database."""
    eta = live.eta_seconds
    return {
        **(live.status or {}),
        "status": how,
        "runs": live.runs,
        "pid": live.pid,
        "url": live.url,
        "complete": None if live.gaps is None else live.gaps == 0,
        "coverage": live.totals or None,
        "coverage_at": live.looked_at,
        "queued": live.counts.queued,
        "in_work": live.counts.leased,
        "parked": live.counts.parked,
        "eta_seconds": None if eta is None else round(eta, 1),
        "done_at": None if eta is None else iso(live.now + eta),
        "bound_by": live.forecast.bound_by if live.forecast else None,
        "problem": live.problem or None,
    }


def _screen(live: Live, how: str) -> Iterator[tuple[str, str]]:
    yield "well?", _well(live, how)
    yield "complete?", _complete(live)
    yield "doing", _doing(live)
    yield "done", _done(live)
    if live.status is not None:
        for line in _troubles(live.status):
            yield "trouble", line
    if live.problem:
        yield "trouble", live.problem


def _well(live: Live, how: str) -> str:
    if how == STOPPED:
        return NOT_FOUND if live.broken else "nothing runs; `adce start` starts it"
    where = ", ".join(filter(None, (f"pid {live.pid}" if live.pid else "", live.url or "")))
    if how == UNKNOWN:
        return f"it runs ({where}); {OFF}"
    if how == SILENT:
        return f"it runs ({where}) and does not answer; `adce logs` says more"
    up = render.duration(float((live.status or {}).get("uptime_seconds") or 0))
    return f"{how}, up for {up} ({where})"


def _complete(live: Live) -> str:
    gaps, expected = live.gaps, int(live.totals.get("expected") or 0)
    if gaps is None:
        return "not known: no pass has been done yet"
    parked = f"; {number(live.counts.parked)} parked (`adce parked`)" if live.counts.parked else ""
    parked += f"; looked at {live.looked_at}" if live.looked_at else ""
    if not expected:
        return f"nothing is expected{parked}"
    if not gaps:
        return f"yes: {count(expected, 'object')}{parked}"
    stored = int(live.totals.get("stored") or 0)
    share = live.totals.get("completeness_pct")
    percent = "" if share is None else f"{share:g} %: "
    return f"no: {percent}{number(stored)} of {count(expected, 'object')} stored, {count(gaps, 'gap')}{parked}"


def _doing(live: Live) -> str:
    waiting = f"{number(live.counts.queued)} waiting"
    if live.status is None:
        return f"nothing; {waiting}" if not live.runs else waiting
    said = live.status
    running = said.get("running") or []
    names = [each["keys"][0] for each in running[:MOST_NAMED] if each.get("keys")]
    more = f" and {len(running) - len(names)} more" if len(running) > len(names) else ""
    held = "".join(_held(said))
    return f"{len(running)} running, {waiting}{held}; {_passes(said)}" + (
        f". Now: {', '.join(names)}{more}" if names else ""
    )


def _held(said: Mapping[str, Any]) -> Iterator[str]:
    """What keeps tasks from being started."""
    if said.get("paused_because"):
        yield f"; paused: {said['paused_because']}"
        return
    sources = said.get("paused_sources") or {}
    for source, why in [*sources.items()][:MOST_NAMED]:
        yield f"; {source} is held: {why}"
    if len(sources) > MOST_NAMED:
        yield f"; {len(sources) - MOST_NAMED} more sources are held"


def _passes(said: Mapping[str, Any]) -> str:
    cycles, seconds = said.get("reconciliation_cycles"), said.get("next_reconciliation_in_seconds")
    if not said.get("last_reconciliation") and said.get("leader"):
        return f"{said['leader']} makes the passes"
    if seconds is None or not said.get("last_reconciliation"):
        return "the first pass is under way"
    return f"{count(int(cycles or 0), 'pass').replace('passs', 'passes')} done, the next in {render.duration(seconds)}"


def _done(live: Live) -> str:
    if live.forecast is None:
        return (
            "not known"
            if live.problem or live.broken
            else f"not foreseen for {number(live.counts.queued)} tasks; see `adce plan`"
        )
    if not live.forecast.planned:
        if live.counts.leased:
            return "nothing waits"
        paused = (live.status or {}).get("paused_because")
        if live.gaps and paused:
            return f"not while it is paused: {paused}"
        if live.gaps and live.counts.parked < live.gaps:
            return "not planned yet: the next pass plans what is left"
        return "not by itself: what is left is parked" if live.gaps else "now: there is nothing to do"
    binds = {GLOBAL: "the global limits decide", SLOTS: f"{SLOTS} decides", None: "nothing binds"}
    why = binds.get(live.forecast.bound_by, f"the limits of {live.forecast.bound_by} decide")
    seconds = live.forecast.eta_seconds
    earliest = f"in {render.duration(seconds)} at the earliest ({iso(live.now + seconds)})"
    return f"{earliest}; {why}" if live.runs else f"{earliest}, once it runs; {why}"


def _troubles(said: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, the worst first."""
    components = said.get("components") or {}
    worst = sorted(
        ((name, row) for name, row in components.items() if row.get("status") != "healthy"),
        key=lambda one: one[1].get("status") != "unhealthy",
    )
    for name, row in worst[:MOST_NAMED]:
        detail = str(row.get("detail") or "").removeprefix(f"{name} ")
        yield f"{name}: {'hangs: ' if row.get('status') == 'unhealthy' else ''}{detail}"
    if len(worst) > MOST_NAMED:
        yield f"{len(worst) - MOST_NAMED} more: `adce health`"


def health(given: Globals, as_json: bool) -> int:
    """Each part of the running service. Exit 0 if it is healthy or degraded, 1 if it is not, or nothing runs."""
    settings = load_readable(given).settings
    said = ask(settings, "/health")
    if said is None or not {"status", "components", "uptime_seconds"} <= said.keys():  # or somebody else has the port
        holder = pid_file.read(settings.paths.pid_file)
        if holder and not settings.service.health_check.enabled:
            click.echo(f"adce: it runs (pid {holder.pid}); {OFF}", err=True)
            return FAILURE
        how = SILENT if holder else STOPPED
        if as_json:
            render.show_json({"status": how, "pid": holder.pid if holder else None, "components": {}})
        else:
            at = f" on {url}" if (url := url_of(settings)) else ""
            if holder:
                click.echo(f"it runs (pid {holder.pid}) and does not answer{at}; `adce logs` says more")
            else:
                click.echo(NOT_FOUND if settings.left_out else "nothing runs; `adce start` starts it")
        return FAILURE
    if as_json:
        render.show_json(said)
    else:
        click.echo(f"{said['status']}, up for {render.duration(float(said['uptime_seconds']))}")
        render.table(
            ("component", "status", "last sign of life", "detail"),
            (
                (name, row["status"], row["last_beat"], row["detail"])
                for name, row in sorted(said["components"].items(), key=lambda one: one[1]["status"] == "healthy")
            ),
            spare=("last sign of life",),
            fold={"detail"},
            see="adce health --json",
        )
    return FAILURE if said["status"] == "unhealthy" else 0
