"""tables, tables query: the lake as Parquet files, and SQL over them. Only reads the lake, works beside a service."""

from __future__ import annotations

import contextlib
import csv
import sys
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import orjson

from adce_async.app import assemble_to_look
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.counting import Progress, counting
from adce_async.cli.options import Globals
from adce_async.cli.progress import note
from adce_async.clock import SystemClock
from adce_async.config.settings import Settings
from adce_async.engine.tabling.maker import Made, TableMaker
from adce_async.engine.tabling.subjects import SubjectFinder
from adce_async.errors import FixMeError
from adce_async.resources import open_state, open_store, open_tables, query_tables

_EXAMPLE = "select source, count(*) from games group by source"
MAX_ROWS = 20
"""Objects that were left out and are listed; the rest are counted."""

MOST_SHOWN, MOST_AS_JSON = 10_000, 200_000
"""Rows of a query that are held in memory: to be aligned, or to be one document."""


def tables(given: Globals, folder: Path | None, as_json: bool) -> None:
    """Make the tables, or bring them up to date."""
    loaded = load_all(given, quiet=sys.stderr.isatty())
    into = _folder(loaded.settings, folder)
    _refuse_lake(loaded.settings, into)
    began = time.monotonic()
    with counting("reading", quiet=as_json) as shown:
        try:
            made = run_async(_make(loaded, into, shown))
        except KeyboardInterrupt:
            note("stopped early: run it again to go on")
            raise
    seconds = round(time.monotonic() - began, 3)
    if as_json:
        render.show_json({"folder": str(into), **made.as_dict(), "seconds": seconds})
    else:
        _show(made, into, seconds)


def query(given: Globals, folder: Path | None, text: str, as_json: bool, as_csv: bool) -> None:
    """Answer one query in SQL. Who names the folder needs no configuration for it."""
    into = folder.expanduser() if folder else _folder(load_all(given).settings, None)
    batches = query_tables(into, text)
    if as_csv:
        columns, rows = next(batches)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        while True:
            writer.writerows(rows)
            if (more := next(batches, None)) is None:
                return
            rows = more[1]
    columns, everything = _whole(batches, MOST_AS_JSON if as_json else MOST_SHOWN)
    if as_json:
        found = [dict(zip(columns, row, strict=True)) for row in everything]
        document = {"columns": list(columns), "rows": found}
        text_ = orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        render.write_all(text_)
        return
    numbers = [name for place, name in enumerate(columns) if everything and _is_number(everything[0][place])]
    render.table(columns, everything, right=numbers, fold=set(columns) - set(numbers))


def _whole(
    batches: Iterator[tuple[Sequence[str], list[Sequence[Any]]]], most: int
) -> tuple[Sequence[str], list[Sequence[Any]]]:
    """The columns, and all rows. Raises FixMeError for more than `most`: they would have to fit in memory."""
    columns, rows = next(batches)
    everything = list(rows)
    for _, several in batches:
        if len(everything) + len(several) > most:
            break
        everything += several
    else:
        if len(everything) <= most:
            return columns, everything
    raise FixMeError(
        f"query: more than {most:,} rows; expected `limit` in the query, or --csv, which holds none of them"
    )


async def _make(loaded: Loaded, into: Path, shown: Progress) -> Made:
    clock = SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        files = stack.enter_context(open_tables(into))
        store = await stack.enter_async_context(open_store(loaded.resources, clock, exclusive=False))
        state = await stack.enter_async_context(open_state(loaded.resources, clock, exclusive=False))
        parts = assemble_to_look(loaded.rules, loaded.catalog, clock, store, state)
        finder = SubjectFinder(parts.surveyor, loaded.catalog.declared, loaded.catalog.scrapers)
        return await TableMaker(finder, store, files, clock).run(shown)


def _folder(settings: Settings, given: Path | None) -> Path:
    """By default `tables` beside the inventory."""
    return (given or settings.paths.inventory_dir.parent / "tables").expanduser()


def _refuse_lake(settings: Settings, into: Path) -> None:
    if urlsplit(str(into)).scheme in ("s3", "file"):
        raise FixMeError(f"--into: {into}: expected a folder of this machine")
    lake = settings.paths.lake_folder
    if lake is not None and into.resolve().is_relative_to(lake.resolve()):
        raise FixMeError(f"--into: {into} is in the lake, which only holds what sources sent; name another folder")


def _show(made: Made, into: Path, seconds: float) -> None:
    rows = [(name, counts.rows, counts.conflicts) for name, counts in made.tables.items()]
    render.table(("table", "rows", "conflicts"), rows, right=("rows", "conflicts"))
    if made.left_out:
        click.echo()
        shown = sorted(made.left_out.items())[:MAX_ROWS]
        render.table(("left out", "why"), shown, fold={"why"})
        if len(made.left_out) > MAX_ROWS:
            click.echo(f"... and {len(made.left_out) - MAX_ROWS} more (--json)")
    click.echo()
    if made.unverified:
        click.echo(f"{made.unverified} objects left out that nobody has verified yet: `adce verify`, then again")
    left = f", {len(made.left_out)} broken left out" if made.left_out else ""
    click.echo(
        f"{into}: {made.tabled} objects, {made.read} of them read now{left}; {seconds:.1f} s\n"
        f"try: adce tables query {_EXAMPLE!r}"
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _plain(value: Any) -> object:
    """What JSON has no word for: sums are decimals without places."""
    if isinstance(value, Decimal):
        if value != value.to_integral_value():
            return float(value)
        return int(value) if abs(value) < 2**63 else str(value)  # whole, to the last digit
    if isinstance(value, Sequence):
        return list(value)
    return str(value)
