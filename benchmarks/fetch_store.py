"""Fetch, check and store small JSON items from a local server without limits, beside others that do the same.

Ours goes all the way of the service: pass, durable queue, attempts, checks, lake with provenance, everything synced to
disk, and a last pass that finds it complete. The peers write plain files and sync nothing. So the target is for a file
system in memory, which leaves the software; on a real disk the figures stand beside it, for comparison.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from adce_async.service import run_once
from adce_async.supervisor import Stop
from benchmarks.harness import Figure, SkippedError, child, configure, folder, last_line, say, serving
from benchmarks.ours import parts_at
from benchmarks.venvs import venv

BOUND = (
    "over 2 times the faster of Scrapy and Crawlee, with their queues in memory and, as ours, on disk; over 0.7 of a"
    " bare aiohttp loop; all in the same run"
)
PEERS = Path(__file__).parent / "peers"
OURS, BARE, SCRAPY, CRAWLEE = "adce_async", "bare aiohttp", "Scrapy", "Crawlee"
DURABLE = (", queue on disk", "durable")
"""What is added to the name, and to the command, of a peer whose queue survives a crash, as ours does."""
CONCURRENCY = {OURS: 32, BARE: 64, SCRAPY: 16, CRAWLEE: 64}
"""What each was quickest with (tried: 5, 16, 32, 64)."""

type_times = dict[str, float]
type_work = Callable[[str, int, Path], type_times]


async def collect(url: str, count: int, slots: int, root: str) -> type_times:
    """Fill an empty lake with `count` items as `adce run --once` does."""
    configure(Path(root), {"ant": count}, max_concurrent_scrapers=slots)
    began, cpu = time.perf_counter(), time.process_time()
    async with parts_at(root, url) as parts:
        result = await run_once(parts, Stop(), max_wait=5.0)
    if result.report is None or not result.report.complete:
        raise SkippedError(f"the lake is not complete: {result.summary.as_dict()}")
    return {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def _peer(python: str, script: str, name: str, *options: str) -> type_work:
    def work(url: str, count: int, root: Path) -> type_times:
        command = [python, str(PEERS / script), url, str(count), str(root), str(CONCURRENCY[name]), *options]
        times: type_times = json.loads(last_line(command))
        return times

    return work


def _ours(url: str, count: int, root: Path) -> type_times:
    return child(collect, url, count, CONCURRENCY[OURS], str(root))


def workers() -> dict[str, type_work]:
    """All that can run here; the reason is printed of those that can't."""
    found = {OURS: _ours, BARE: _peer(sys.executable, "bare.py", BARE)}
    for name, script, packages in (
        (SCRAPY, "with_scrapy.py", ("scrapy", "uvloop", "orjson")),
        (CRAWLEE, "with_crawlee.py", ("crawlee", "uvloop", "orjson")),
    ):
        try:
            python = venv(name.lower(), packages)
            found[name] = _peer(python, script, name)
            found[name + DURABLE[0]] = _peer(python, script, name, DURABLE[1])
        except SkippedError as error:
            say(f"{name} left out: {error}")
    return found


def run(*, quick: bool = False) -> list[Figure]:
    """Medians of alternating rounds; CPU seconds beside them, since neighbours on the machine take wall-clock time."""
    count, rounds = (500, 1) if quick else (3000, 5)
    able = workers()
    seen = {
        True: _rounds(able, count, rounds, in_memory=True),
        False: _rounds(able, count, min(rounds, 2), in_memory=False),
    }
    figures: list[Figure] = []
    for in_memory, times in seen.items():
        wall = {name: count / statistics.median(t["wall"] for t in each) for name, each in times.items()}
        cpu = {name: count / statistics.median(t["cpu"] for t in each) for name, each in times.items()}
        quicker = {_quickest(wall, ""), _quickest(wall, DURABLE[0])}
        where = "in memory" if in_memory else "on disk"
        for name in able:
            if name == OURS:
                continue
            target = (0.7 if name == BARE else 2.0 if name in quicker else None) if in_memory else None
            what = f"items by wall clock, {where}"
            figures.append(Figure(what, wall[OURS], "/s", name, wall[name], target, note="medians"))
            if in_memory:
                figures.append(Figure("items per CPU second", cpu[OURS], "/s", name, cpu[name], note="medians"))
    return figures


def _quickest(wall: Mapping[str, float], kind: str) -> str | None:
    """The faster of both frameworks, of one kind."""
    frameworks = [name for name in (SCRAPY + kind, CRAWLEE + kind) if name in wall]
    return max(frameworks, key=wall.__getitem__, default=None)


def _rounds(able: Mapping[str, type_work], count: int, rounds: int, *, in_memory: bool) -> dict[str, list[type_times]]:
    times: dict[str, list[type_times]] = {name: [] for name in able}
    with serving("-m", "benchmarks.lean_server") as url:
        for _ in range(rounds):
            for name, work in able.items():
                with folder(in_memory=in_memory) as root:
                    times[name].append(work(url, count, root))
                os.sync()  # what one has written is not for the next one to wait for
    for name, each in times.items():
        cpu = statistics.median(t["cpu"] for t in each) / count * 1e6
        walls = ", ".join(f"{count / t['wall']:,.0f}" for t in each)
        where = "memory" if in_memory else "disk"
        slots = CONCURRENCY[name.removesuffix(DURABLE[0])]
        say(f"{where}: {name} with {slots} at once: {walls} items/s, {cpu:,.0f} us CPU an item")
    return times
