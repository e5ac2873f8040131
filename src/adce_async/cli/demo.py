"""demo: the whole loop, offline: from an empty lake to a complete one, against simulated sources that judge us."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import structlog

from adce_async.app import make_limits, open_parts
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.main import FAILURE, GAPS_LEFT, Globals
from adce_async.cli.progress import Progress, progress
from adce_async.demo.server import serve
from adce_async.demo.setting import demo_config
from adce_async.demo.worlds import DemoWorld, demo_world
from adce_async.engine.reconciler import PassReport
from adce_async.planning.forecast import forecast
from adce_async.service import RunResult, run_once
from adce_async.supervisor import Stop

log = structlog.get_logger("adce.demo")

MAX_WAIT = 30.0


class Timing:
    """What the plan promised each time there was something to do, against what it took."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.rounds: list[tuple[int, float, float, str | None]] = []
        """(tasks, when it was said, promised seconds, whose limits decide)"""

    def note(self, tasks: int, seconds: float, bound_by: str | None) -> None:
        """A pass planned `tasks`, which need so many seconds at the least."""
        if tasks:
            self.rounds.append((tasks, self._loop.time(), seconds, bound_by))

    def lines(self, ended: float) -> Iterator[str]:
        """For people; `ended` is loop time."""
        starts = [said for _, said, _, _ in self.rounds]
        for (tasks, said, promised, bound_by), until in zip(self.rounds, [*starts[1:], ended], strict=True):
            took = until - said
            yield (
                f"plan of {tasks} tasks: {promised:.1f} s at the limits of {bound_by}, "
                f"took {took:.1f} s with all faults and retries"
            )


@click.command()
@click.option(
    "--lake",
    "lake_dir",
    type=click.Path(path_type=Path),
    help="Keep the lake in this folder (default: a temporary one).",
)
@click.pass_obj
def demo(given: Globals, lake_dir: Path | None) -> int:
    """From an empty lake to a complete one in about a minute, offline. Exit 0 only if complete and polite."""
    with tempfile.TemporaryDirectory(prefix="adce-demo-") as name:
        return run_async(_demo(given, Path(name), lake_dir))


async def _demo(given: Globals, folder: Path, lake_dir: Path | None) -> int:
    world = demo_world()
    async with serve(world) as server:
        loaded = _configure(given, world, folder, lake_dir, server.url)
        loop = asyncio.get_running_loop()
        timing = Timing(loop)
        click.echo(f"simulated sources at {server.url}, lake at {loaded.settings.paths.lake}")
        with progress() as shown:
            result = await _run(loaded, shown, timing)
        ended = loop.time()
        verdict = server.report()
    render.summary_text(result.summary)
    click.echo()
    kept = show_limits(verdict)
    click.echo()
    for line in timing.lines(ended):
        click.echo(line)
    click.echo()
    assert result.report is not None
    render.coverage_table(result.report.coverage)
    if not result.report.complete:
        click.echo(f"NOT complete: {result.report.gaps} gaps left")
        return GAPS_LEFT
    click.echo("complete, and not one request too many" if kept else "complete, but NOT polite")
    return 0 if kept else FAILURE


def _configure(given: Globals, world: DemoWorld, folder: Path, lake_dir: Path | None, mirror: str) -> Loaded:
    for name, text in demo_config(world).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    given.config_dir, given.inventory_dir, given.state_dir = folder / "config", folder / "inventory", None
    given.lake = (lake_dir or folder / "lake").absolute().as_uri()
    given.mirror = mirror
    return load_all(given, quiet=sys.stderr.isatty())


async def _run(loaded: Loaded, shown: Progress, timing: Timing) -> RunResult:
    stop = Stop()
    overall, limits = make_limits(loaded.settings, loaded.catalog)
    with stop.on_signals():
        async with open_parts(loaded.settings, loaded.catalog) as parts:
            parts.pool.on_outcome = shown.outcome
            parts.pool.on_trouble = parts.health.trouble

            def passed(report: PassReport) -> None:
                shown.passed(report)
                tasks = parts.pool.in_order()
                seen = forecast(tasks, parts.pool.rules.score, limits, overall, now=parts.clock.now())
                timing.note(len(tasks), seen.eta_seconds, seen.bound_by)

            return await run_once(parts, stop, max_wait=MAX_WAIT, on_pass=passed)


def show_limits(verdict: Mapping[str, Any]) -> bool:
    """The worst window against the limit, per source, as the simulated sources counted; True if all were kept."""
    rows = []
    for name, source in sorted(verdict["sources"].items()):
        windows = [f"{kind}: {seen['worst']} of {seen['limit']}" for kind, seen in source["windows"].items()]
        delay = source.get("min_delay")
        if delay:
            windows.append(f"least delay: {delay['smallest']:.3f} of {delay['limit']:g} s")
        rows.append((name, source["requests"], "; ".join(windows), source["violations"]))
    render.table(("source", "requests", "worst window of limit", "violations"), rows, right=frozenset({1, 3}))
    return all(row[3] == 0 for row in rows)
