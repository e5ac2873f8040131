"""verify: is what is stored what it should be? Sends no request, only reads the lake, works beside a service."""

from __future__ import annotations

import contextlib
import sys

import click

from adce_async.app import assemble_to_look
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.counting import Progress, counting
from adce_async.cli.options import GAPS_LEFT, Globals
from adce_async.cli.progress import note
from adce_async.clock import SystemClock
from adce_async.engine.reconciling.verifier import Report
from adce_async.errors import FixMeError
from adce_async.resources import can_keep, open_state, open_store

MAX_ROWS = 50
"""Invalid objects and findings that are listed; the rest are counted."""


def verify(given: Globals, source: str | None, everything: bool, as_json: bool) -> int:
    """Judge the stored objects by their scrapers' checks and hold their scores against each other.

    Objects that we stored were checked then; this is for those that others have written, or that an older version has
    checked. What is invalid becomes a gap of the next pass. Findings (scores that differ between objects or sources,
    seasons with too few games) are told and change nothing. Works beside a running service; go on after Ctrl-C by
    running it again. Exit 3 if there are invalid objects.
    """
    loaded = load_all(given, quiet=sys.stderr.isatty())
    known = sorted({declared.data_type.source for declared in loaded.catalog.declared})
    name = source.lower() if source else None
    if name is not None and name not in known:
        raise FixMeError(f"--source: nothing is declared of {source!r}; known: {', '.join(known) or 'none'}")
    seen = (0, 0)

    with counting("verifying", quiet=as_json) as shown:

        def count(done: int, total: int) -> None:
            nonlocal seen
            seen = (done, total)
            shown(done, total)

        try:
            report = run_async(_verify(loaded, name, count, everything=everything))
        except KeyboardInterrupt:
            note(f"stopped early: {seen[0]} of {seen[1]} objects judged; run it again to go on")
            raise
    if as_json:
        render.show_json(report.as_dict())
    else:
        _show(report)
    return GAPS_LEFT if report.invalid else 0


async def _verify(loaded: Loaded, source: str | None, shown: Progress, *, everything: bool) -> Report:
    clock = SystemClock()
    path = loaded.settings.paths.state_db
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(loaded.resources, clock, exclusive=False))
        keep = False
        async for _ in store.list():
            keep = can_keep(loaded.resources)
            if not keep:
                note(f"warning: {path} can't be written: nothing is remembered of what is judged")
            break
        state = await stack.enter_async_context(open_state(loaded.resources, clock, exclusive=False, keep=keep))
        parts = assemble_to_look(loaded.rules, loaded.catalog, clock, store, state)
        return await parts.verifier.run(source=source, everything=everything, progress=shown)


def _show(report: Report) -> None:
    columns = ("source", "data type", "objects", "verified", "invalid", "unverified", "newly judged")
    rows = [(row.source, row.data_type, *row.counts().values()) for row in report.rows]
    spare = ("objects", "invalid", "verified", "unverified", "newly judged")
    render.table(columns, rows, right=spare, spare=spare, see="adce verify --json")
    if report.invalid:
        click.echo()
        render.table(("invalid", "why"), report.invalid[:MAX_ROWS], fold={"why"})
        _more(len(report.invalid))
        click.echo("the next pass fetches those of them that the inventory expects")
    if report.discrepancies:
        click.echo()
        found = [(one.kind, one.message) for one in report.discrepancies[:MAX_ROWS]]
        render.table(("finding", "what"), found, fold={"what"})
        _more(len(report.discrepancies))
    judged, objects = sum(row.judged for row in report.rows), sum(row.objects for row in report.rows)
    good = sum(row.verified for row in report.rows)
    click.echo()
    click.echo(
        f"{objects} objects: {good} verified, {len(report.invalid)} invalid; {judged} newly judged; "
        f"{len(report.discrepancies)} findings"
    )


def _more(count: int) -> None:
    if count > MAX_ROWS:
        click.echo(f"... and {count - MAX_ROWS} more (--json)")
