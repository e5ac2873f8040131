"""demo: the whole loop, offline: from an empty lake to a complete one, against simulated sources that audit us."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import click
import structlog

from adce_async.app import Parts, open_parts
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.options import FAILURE, GAPS_LEFT, Globals
from adce_async.cli.progress import Progress, follow, progress
from adce_async.config.reading.paths import lake_url
from adce_async.config.settings import folder_of
from adce_async.demo.config import demo_config, made_up_account
from adce_async.demo.process import server_process
from adce_async.demo.worlds import DEMO_NOON, DemoWorld, WorldClock, demo_world
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.engine.reconciling.verifier import Report
from adce_async.errors import FixMeError
from adce_async.model.days import eastern_day
from adce_async.model.limits import Pacing
from adce_async.planning.forecast import forecast
from adce_async.planning.simulation import Conditions, Upstream
from adce_async.ports import Clock
from adce_async.resources import memory_bytes, open_files, prometheus_figures
from adce_async.service.figures import FAMILIES, Readings, counting
from adce_async.service.runs import RunResult, run_once
from adce_async.service.serving import figure_routes
from adce_async.service.window import Window
from adce_async.supervisor import Stop
from adce_async.web.server import serving

log = structlog.get_logger("adce.demo")

MAX_WAIT = 30.0


class Timing:
    """What the plan promised each time there was something to do, against what it took."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.rounds: list[tuple[int, float, float, str | None]] = []
        """(tasks, when it was said, promised seconds, whose limits decide)"""
        self.ended = 0.0

    def note(self, tasks: int, seconds: float, bound_by: str | None) -> None:
        """A pass planned `tasks`, which need so many seconds at the least."""
        if tasks:
            self.rounds.append((tasks, self._loop.time(), seconds, bound_by))

    def end(self) -> None:
        """Nothing is left to do."""
        self.ended = self._loop.time()

    def lines(self) -> Iterator[str]:
        """For people."""
        starts = [said for _, said, _, _ in self.rounds]
        for (tasks, said, promised, bound_by), until in zip(self.rounds, [*starts[1:], self.ended], strict=True):
            took = until - said
            yield (
                f"plan of {tasks} tasks: {promised:.1f} s at the limits of {bound_by}, "
                f"took {took:.1f} s with all faults and retries"
            )


def demo(given: Globals, lake_dir: Path | None, stay: bool) -> int:
    """From an empty lake to a complete one in about a minute, offline. Exit 0 only if complete and polite.

    Its page can be looked at meanwhile; with `stay` also afterwards, until Ctrl-C. What it has made stays, unless it
    was cut off.
    """
    with contextlib.ExitStack() as cut_off:
        folder = Path(tempfile.mkdtemp(prefix="adce-demo-"))
        cut_off.callback(shutil.rmtree, folder, ignore_errors=True)
        code = run_async(play(given, folder, lake_dir, server_process(), WorldClock(DEMO_NOON), stay=stay))
        cut_off.pop_all()
    click.echo()
    lake = folder_of(given.lake or "") or given.lake
    render.text(
        f"The lake stays at {lake}, its configuration in {folder}, until you remove them. "
        f"(Its week is long over, so what changes from day to day counts as stale by now.) Try next:"
    )
    for line in try_next(folder):
        click.echo(f"  {line}")
    return code


def try_next(folder: Path) -> tuple[str, ...]:
    """Commands for a shell, which work as they are."""
    adce, there = shlex.quote(command()), shlex.quote(str(folder))
    return (
        f"cd {there} && {adce} coverage",
        f"cd {there} && {adce} verify --all",
        f"cd {there} && {adce} tables",
        f"{adce} init nba && cd nba && {adce} plan",
    )


def command() -> str:
    """How a shell finds this program: by its name only where that leads here."""
    beside = Path(sys.executable).with_name("adce")
    found = shutil.which("adce")
    return "adce" if found is not None and Path(found) == beside else str(beside)


class Sources(Protocol):
    """Simulated sources with a limit audit."""

    url: str

    async def report(self) -> Mapping[str, Any]:
        """What the audit has seen; see `LimitAudit.report`."""
        ...


async def play(
    given: Globals,
    folder: Path,
    lake_dir: Path | None,
    simulated: contextlib.AbstractAsyncContextManager[Sources],
    clock: Clock,
    *,
    stay: bool = False,
) -> int:
    """The demo from its first line to its last; its configuration goes to `folder`. Returns the exit code.

    `stay`: its page stays open until somebody asks it to stop.
    """
    async with simulated as sources:
        loaded = _configure(given, demo_world(), folder, lake_dir, sources.url, eastern_day(clock.now()))
        timing = Timing(asyncio.get_running_loop())
        click.echo(f"simulated sources at {sources.url}, lake at {loaded.settings.paths.lake}")
        stop = Stop(loaded.settings.service.grace_seconds)
        with stop.on_signals():
            async with (
                open_parts(loaded.rules, loaded.resources, loaded.catalog, clock, stop.haste) as parts,
                _page(parts) as url,
            ):
                click.echo(f"watch it at {url}/")
                with progress() as shown, made_up_account():
                    result, verified = await _fill(parts, stop, shown, timing)
                code = _tell(result, verified, await sources.report(), timing)
                if stay and not stop.asked:
                    click.echo(f"its page stays at {url}/ until Ctrl-C")
                    await stop.wait()
                else:
                    click.echo(f"its page was at {url}/ while it ran; `adce demo --stay` keeps it open afterwards")
    return code


def _tell(result: RunResult, verified: Report | None, verdict: Mapping[str, Any], timing: Timing) -> int:
    """What came of it; returns the exit code."""
    render.summary_text(result.summary)
    click.echo()
    kept = show_limits(verdict)
    faults = sum(verdict["faults"].values())
    click.echo(f"scripted faults served: {faults}, of {len(verdict['faults'])} kinds")
    click.echo()
    for line in timing.lines():
        click.echo(line)
    click.echo()
    assert result.report is not None
    render.coverage_table(result.report.coverage, see="")
    if not result.report.complete:
        click.echo(f"NOT complete: {result.report.gaps} gaps left")
        return GAPS_LEFT
    agreed = _show_verified(verified)
    click.echo("complete, and not one request too many" if kept else "complete, but NOT polite")
    return 0 if kept and agreed else FAILURE


@contextlib.asynccontextmanager
async def _page(parts: Parts) -> AsyncIterator[str]:
    """Within the block the page shows what happens; yields its address. Nobody can change anything there."""
    window = Window(parts, lambda: int(parts.reconciler.last is not None), lambda: None)
    figures = prometheus_figures(FAMILIES, Readings(parts, memory_bytes, open_files))
    site = window.site(*figure_routes(parts, figures))
    async with counting(parts, figures), window.feeding(), serving(site, "127.0.0.1", 0) as url:
        yield url


def _configure(
    given: Globals, world: DemoWorld, folder: Path, lake_dir: Path | None, mirror: str, day: dt.date
) -> Loaded:
    try:
        lake = lake_url(str(lake_dir or given.lake or folder / "lake"))
    except ValueError as error:
        raise FixMeError(f"--lake: {error}") from error
    for name, text in demo_config(world, lake).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    given.config_dir, given.inventory_dir, given.state_dir = folder / "config", folder / "inventory", None
    given.lake = lake
    given.mirror = mirror
    return load_all(given, day=day, quiet=sys.stderr.isatty())


async def _fill(parts: Parts, stop: Stop, shown: Progress, timing: Timing) -> tuple[RunResult, Report | None]:
    """Run until nothing is left to fill, then read everything again and judge it (unless gaps are left)."""

    def passed(report: PassReport) -> None:
        shown.passed(report)
        tasks = parts.pool.in_order()
        seen = forecast(tasks, parts.pool.rules.score, _conditions(parts), now=parts.ports.clock.now())
        timing.note(len(tasks), seen.eta_seconds, seen.bound_by)

    async with follow(parts, shown):
        result = await run_once(parts, stop, max_wait=MAX_WAIT, on_pass=passed)
        timing.end()
        if result.report is None or not result.report.complete:
            return result, None
        return result, await parts.verifier.run(everything=True)


def _conditions(parts: Parts) -> Conditions:
    """Where the run stands: what is left of the windows."""
    now = parts.ports.clock.now()

    def upstream(limiter: RateLimiter, pacing: Pacing | None = None) -> Upstream:
        return Upstream(limiter.limits, pacing, [min(0.0, at - now) for at in limiter.export()])

    upstreams = {name: upstream(limiter, parts.rules.sources[name].pacing) for name, limiter in parts.limiters.items()}
    return Conditions(upstreams, upstream(parts.overall), parts.pool.rules.size)


def _show_verified(report: Report | None) -> bool:
    """How many objects are what they should be, and whether the sources say the same; True if so."""
    if report is None:
        return False
    good = sum(row.verified for row in report.rows)
    sources = len({row.source for row in report.rows if row.objects})
    for key, reason in report.invalid:
        click.echo(f"invalid: {key}: {reason}")
    for finding in report.discrepancies:
        click.echo(f"{finding.kind}: {finding.message}")
    agree = not report.discrepancies
    said = "the sources agree on each score" if agree else f"NOT in agreement: {len(report.discrepancies)} findings"
    click.echo(f"{good} objects of {sources} sources read again and verified, {len(report.invalid)} invalid; {said}")
    return agree and not report.invalid


def show_limits(verdict: Mapping[str, Any]) -> bool:
    """The worst window against the limit, per source, as the simulated sources counted; True if all were kept."""
    rows = []
    for name, source in sorted(verdict["sources"].items()):
        windows = [f"{kind}: {seen['worst']} of {seen['limit']}" for kind, seen in source["windows"].items()]
        delay = source["min_delay"]
        if delay["limit"]:
            windows.append(f"least delay: {delay['smallest']:.3f} of {delay['limit']:g} s")
        rows.append((name, source["requests"], "; ".join(windows), source["violations"]))
    columns = ("source", "requests", "worst window of limit", "violations")
    render.table(columns, rows, right={"requests", "violations"}, fold={"worst window of limit"})
    return all(row[3] == 0 for row in rows)
