"""adopt: take over a lake that others have filled. Says what is there before anything is made of it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from adce_async.app import Parts, assemble_to_look, open_parts
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.options import Globals
from adce_async.cli.progress import note
from adce_async.clock import SystemClock
from adce_async.engine.reconciling.adopter import Adopter, Beside, Found
from adce_async.engine.reconciling.recognition import FindOld
from adce_async.model.adoption import Adoption, Budget
from adce_async.model.days import iso
from adce_async.resources import old_index, open_state, open_store

MAX_ROWS = 20
"""Beginnings of keys that are listed; the rest are counted."""


def adopt(
    given: Globals,
    verify_budget_requests: int,
    verify_budget_bytes: int,
    index: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Say what is in the lake, and remember that it was taken over."""
    budget = Budget(verify_budget_requests, verify_budget_bytes)
    found, adoption = run_async(_adopt(load_all(given), budget, index, dry_run=dry_run))
    if as_json:
        render.show_json(_document(found, adoption, budget))
    else:
        _show(found, adoption)


async def _adopt(loaded: Loaded, budget: Budget, index: Path | None, *, dry_run: bool) -> tuple[Found, Adoption | None]:
    async with contextlib.AsyncExitStack() as stack:
        old = None if index is None else stack.enter_context(old_index(index)).find_all
        if dry_run:
            clock = SystemClock()
            state = await stack.enter_async_context(open_state(loaded.resources, clock, exclusive=False))
            store = await stack.enter_async_context(open_store(loaded.resources, clock, exclusive=False))
            adopter = _adopter(assemble_to_look(loaded.rules, loaded.catalog, clock, store, state), old)
        else:
            adopter = _adopter(
                await stack.enter_async_context(open_parts(loaded.rules, loaded.resources, loaded.catalog)), old
            )
        found = await adopter.look(budget, keep=not dry_run)
        return found, None if dry_run or not found.objects else await adopter.adopt(found, budget)


def _adopter(parts: Parts, old: FindOld | None) -> Adopter:
    ports = parts.ports
    return Adopter(parts.surveyor, parts.catalog.declared, ports.store, ports.texts, ports.clock, old)


def _document(found: Found, adoption: Adoption | None, budget: Budget) -> dict[str, Any]:
    return {
        **found.as_dict(),
        "adopted_at": None if adoption is None else iso(adoption.adopted_at),
        "verify_budget": {"requests": budget.requests, "bytes": budget.bytes},
    }


def _show(found: Found, adoption: Adoption | None) -> None:
    if not found.objects:
        click.echo("the lake is empty: there is nothing to adopt")
        return
    render.coverage_table(found.coverage, see="adce adopt --json")
    _beside("of a data type, but expected by nothing", found.unexpected)
    _beside("not of the inventory", found.foreign)
    click.echo()
    for line in said(found):
        render.text(line)
    for problem in found.problems:
        note(str(problem))
    if adoption is None:
        render.text("nothing was changed: without --dry-run the lake is adopted")
        return
    budget = adoption.budget
    render.text(
        f"adopted: `adce run` fills the gaps and verifies what nobody vouches for, with {budget.requests} requests "
        f"and {_size(budget.bytes)} an hour at most; `adce verify` does so at once"
        if budget.requests
        else "adopted: `adce run` fills the gaps; `adce verify` verifies what nobody vouches for"
    )


def said(found: Found) -> list[str]:
    """What the tables do not say, a sentence a line."""
    lines = [
        f"{found.objects} objects ({_size(found.bytes)}) in the lake; our index vouches for {found.known}"
        + (f", {found.recognised} of them recognised although their times were lost" if found.recognised else "")
    ]
    if found.copies:
        count, first, last = sum(one.objects for one in found.copies), found.copies[0].first, found.copies[-1].last
        lines.append(
            f"the times of {count} objects (from {iso(first)} to {iso(last)}) look like those of a copy: they say "
            "nothing of when the objects were fetched, so those that age are asked for once more"
        )
    if found.unusable_names:
        lines.append(f"{found.unusable_names} names can't be keys: they are left out")
    return lines


def _beside(title: str, rows: Sequence[Beside]) -> None:
    if not rows:
        return
    click.echo()
    shown = [(row.what, row.objects, _size(row.bytes)) for row in rows[:MAX_ROWS]]
    render.table((title, "objects", "size"), shown, right={"objects", "size"})
    if len(rows) > MAX_ROWS:
        click.echo(f"... and {len(rows) - MAX_ROWS} more (--json)")


def _size(count: int) -> str:
    """Bytes for people.

    >>> _size(999), _size(20_480), _size(2_000_000_000)
    ('999 bytes', '20.5 kB', '2 GB')
    """
    for factor, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} bytes"
