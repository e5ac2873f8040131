"""`python -m benchmarks [NAME...] [--quick] [--json FILE]`: runs them one by one; exit 1 if a target is missed."""

from __future__ import annotations

import importlib
import json
import platform
import sys
from pathlib import Path
from types import ModuleType

import click
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Figure, SkippedError, say

NAMES = (
    "limiter_throughput",
    "limiter_accuracy",
    "mixed_drain",
    "noop_tasks",
    "fetch_store",
    "load_memory",
    "large_body",
    "idle",
    "gap_file",
    "event_latency",
    "virtual_day",
    "virtual_year",
    "mutated_files",
    "reconcile",
    "s3_listing",
    "reconcile_index",
    "queue_memory",
    "kills",
    "http_abuse",
    "page_load",
    "cluster_tasks",
    "cluster_idle",
    "cluster_faults",
)


def module(name: str) -> ModuleType:
    """The benchmark `name`."""
    return importlib.import_module(f"benchmarks.{name}")


def table(name: str, figures: list[Figure]) -> Table:
    """One benchmark's figures."""
    shown = Table(title=f"{name}: {module(name).BOUND}", title_justify="left")
    for heading in ("what", "value", "beside", "against", "ratio", "target", "met", "statistic"):
        shown.add_column(heading, justify="right" if heading in ("value", "against", "ratio") else "left")
    for figure in figures:
        ratio = "-" if figure.ratio is None else f"{figure.ratio:,.3f}"
        met = {True: "[green]yes[/]", False: "[red]NO[/]", None: "-"}[figure.met]
        against = f"{figure.against:,.4g} {figure.unit}"
        shown.add_row(
            figure.what, f"{figure.value:,.4g} {figure.unit}", figure.beside, against, ratio, figure.target, met,
            figure.note,
        )  # fmt: skip
    return shown


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds: to see that it runs, not to believe it.")
@click.option("--big", is_flag=True, help="10 million keys in `reconcile` and `reconcile_index` as well.")
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures to FILE.")
def main(names: tuple[str, ...], quick: bool, big: bool, file: Path | None) -> None:
    """Measure; each figure stands beside its bound or its peer."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    results: dict[str, dict[str, object]] = {}
    missed: list[str] = []
    for name in names or NAMES:
        say(f"{name} ...")
        options = {"quick": quick} | ({"big": big} if name.startswith("reconcile") else {})
        try:
            figures: list[Figure] = module(name).run(**options)
        except SkippedError as error:
            say(f"{name} skipped: {error}")
            results[name] = {"skipped": str(error)}
            continue
        console.print(table(name, figures))
        missed += [f"{name}: {figure.what}" for figure in figures if figure.met is False]
        results[name] = {"bound": module(name).BOUND, "figures": [figure.as_dict() for figure in figures]}
    if file is not None:
        machine = {"python": platform.python_version(), "system": platform.platform(terse=True)}
        file.write_text(json.dumps({"quick": quick, "machine": machine, "benchmarks": results}, indent=1) + "\n")
    if missed:
        say("missed: " + "; ".join(missed))
        sys.exit(1)


if __name__ == "__main__":
    main()
