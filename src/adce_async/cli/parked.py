"""parked, parked retry: the dead-letter list, and the way back from it. Works beside a running service."""

from __future__ import annotations

import click

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_readable, run_async
from adce_async.cli.options import FAILURE, Globals
from adce_async.clock import SystemClock
from adce_async.model.days import iso
from adce_async.model.task import Parked
from adce_async.resources import open_state


def parked(given: Globals, as_json: bool) -> None:
    """The dead-letter list: what will not be tried again by itself, and why."""
    entries = run_async(_parked(load_readable(given)))
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
    async with open_state(loaded.resources, SystemClock(), exclusive=False) as state:
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
    loaded = load_readable(given)
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
    async with open_state(loaded.resources, SystemClock(), exclusive=False, keep=there) as state:
        return list(await state.queue.unpark(keys))
