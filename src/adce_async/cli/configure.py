"""config check, config show, config schema."""

from __future__ import annotations

import click

from adce_async.cli import render
from adce_async.cli.common import load_all
from adce_async.cli.main import Globals
from adce_async.config import show as showing


def check(given: Globals, as_json: bool) -> None:
    """Validate all four files; exit 2 with everything that is wrong."""
    loaded = load_all(given, all_warnings=True)
    catalog = loaded.catalog
    if as_json:
        counts = {
            "sources": len(catalog.sources),
            "scrapers": len(catalog.scrapers),
            "data_types": len(catalog.declared),
        }
        render.show_json({"valid": True, **counts, "warnings": [str(w) for w in loaded.settings.warnings]})
        return
    for line in showing.describe_limits(loaded.settings):
        click.echo(line)
    click.echo(
        f"valid: {len(catalog.sources)} sources, {len(catalog.scrapers)} scrapers, {len(catalog.declared)} data types"
    )


def show(given: Globals, as_json: bool) -> None:
    """Every value, with who set it."""
    rows = showing.rows(load_all(given).settings)
    if as_json:
        render.show_json({"values": [{"key": row.path, "value": row.value, "set_by": row.origin} for row in rows]})
    else:
        shown = ((row.path, row.value, row.origin) for row in rows)
        render.table(("key", "value", "set by"), shown, fold={"value", "set by"})


def schema() -> None:
    """JSON Schema of the four files, for editors."""
    render.show_json(showing.schema())
