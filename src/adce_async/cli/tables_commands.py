"""The commands around the lake's tables, with their options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adce_async.cli.command_kinds import Group, import_structlog_alone, json_option

if TYPE_CHECKING:
    from adce_async.cli.options import Globals

_into = click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The tables' folder (default: tables, beside the inventory).",
)


@click.group(
    cls=Group, invoke_without_command=True, short_help="The lake as Parquet tables; `tables query SQL` asks them."
)
@_into
@json_option
@click.pass_context
def tables(ctx: click.Context, /, **options: Any) -> None:
    """What is stored and verified, as tables.

    They are games, team_box_scores, player_box_scores, plays, schedules and season_totals, over all sources, in
    Parquet files for DuckDB, polars and pandas; each row names the object that it comes of (docs/tables.md). Only what
    has changed since the last time is read. Reads the lake only, asks no source, works beside a running service.
    """
    if ctx.invoked_subcommand is None:
        import_structlog_alone()
        from adce_async.cli.lake_tables import tables

        tables(ctx.obj, **options)


@tables.command(short_help="One query in SQL over the tables, as they were made last.")
@click.argument("text", metavar="SQL")
@_into
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout, as it comes.")
@click.pass_context
def query(ctx: click.Context, /, folder: Path | None, as_json: bool, **options: Any) -> None:
    """Answer one query in SQL (DuckDB's) over the tables, as they were made last."""
    from adce_async.cli.lake_tables import query

    of_group = ctx.parent.params if ctx.parent else {}
    given: Globals = ctx.obj
    query(given, folder or of_group.get("folder"), as_json=as_json or bool(of_group.get("as_json")), **options)


@tables.command(short_help="The reference of all tables and columns, in Markdown.")
def document() -> None:
    """Write the reference of all tables and columns (docs/tables.md) to stdout."""
    from adce_async.cli.tables_document import markdown

    click.echo(markdown(), nl=False)


TABLES_COMMANDS: tuple[click.Command, ...] = (tables,)
