"""Fetch, check and store from a local server without limits, beside others that do the same.

Three workloads: small JSON items, summaries of ESPN (70 KB, two objects each), pages of Basketball-Reference (460 KB).
Ours goes all the way of the service: pass, durable queue, attempts, checks, lake with provenance, everything synced to
disk, and a last pass that finds it complete. The frameworks write plain files and sync nothing; the careful loop makes
the promises of our lake, the bare one none. Who is "checked" puts each body through the check of our scraper, as we do;
all others look for the id. The loop that is both makes the same promises as we do: it is the bound, and what is left of
us is the engine. So the targets are for a file system in memory, which leaves the software; on a real disk the figures
of small items stand beside them, for comparison.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from adce_async.service.runs import run_once
from adce_async.supervisor import Stop
from benchmarks.harness import Figure, SkippedError, child, configure, folder, get_json, last_line, say, serving
from benchmarks.ours import parts_at
from benchmarks.venvs import venv

BOUND = (
    "over 4 times Scrapy and Crawlee with their queues on disk, as ours; over 1.2 times Crawlee with its in memory;"
    " over 0.7 of a loop that makes the same promises, checks included; all in the same run, by wall clock, in memory"
)
PEERS = Path(__file__).parent / "peers"
OURS, BARE, CAREFUL, SCRAPY, CRAWLEE = "adce_async", "bare aiohttp", "careful aiohttp", "Scrapy", "Crawlee"
DURABLE = (", queue on disk", "durable")
"""What is added to the name, and to the command, of a peer whose queue survives a crash, as ours does."""
CHECKED = (", checked", "checked")
"""The same of a peer that puts each body through our scraper's check."""
CONCURRENCY = {OURS: 32, BARE: 64, CAREFUL: 64, SCRAPY: 16, CRAWLEE: 64}
"""What each was quickest with (tried: 5, 16, 32, 64)."""
TARGETS = {
    CAREFUL + CHECKED[0]: 0.7,
    SCRAPY + DURABLE[0]: 4.0,
    CRAWLEE + DURABLE[0]: 4.0,
    CRAWLEE: 1.2,
    CRAWLEE + CHECKED[0]: 1.2,
}


@dataclass(frozen=True, slots=True)
class Workload:
    """`count` bodies of one shape; `objects` of each."""

    shape: str
    count: int
    objects: int

    def serving(self) -> AbstractContextManager[str]:
        """Its server."""
        if self.shape == "items":
            return serving("-m", "benchmarks.lean_server")
        return serving("-m", "benchmarks.shape_server", self.shape, str(self.count))


WORKLOADS = (Workload("items", 3000, 1), Workload("summary", 3000, 2), Workload("page", 300, 1))
_SOURCES = {
    "summary": ("espn", "espn_summary", {"box_score": "box/{game_id}.json", "play_by_play": "plays/{game_id}.json"}),
    "page": (
        "basketball_reference",
        "basketball_reference_box_score",
        {"box_score": "pages/{game_id}.html"},
    ),
}

type_times = dict[str, float]
type_work = Callable[[str, Workload, Path], type_times]


async def collect(url: str, shape: str, count: int, slots: int, root: str) -> type_times:
    """Fill an empty lake as `adce run --once` does."""
    _configure(Path(root), url, shape, count, slots)
    began, cpu = time.perf_counter(), time.process_time()
    async with parts_at(root, url) as parts:
        result = await run_once(parts, Stop(), max_wait=5.0)
    if result.report is None or not result.report.complete:
        raise SkippedError(f"the lake is not complete: {result.summary.as_dict()}")
    return {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def _configure(root: Path, url: str, shape: str, count: int, slots: int) -> None:
    if shape == "items":
        configure(root, {"ant": count}, max_concurrent_scrapers=slots)
        return
    configure(root, {}, max_concurrent_scrapers=slots)
    source, scraper, patterns = _SOURCES[shape]
    ids = get_json(f"{url}/ids/{shape}")
    types = {
        name: {"scraper": scraper, "path_pattern": pattern, "dimensions": {"game_id": ids}}
        for name, pattern in patterns.items()
    }
    documents = {
        "config/scraper_config.yaml": {"sources": {source: {"respect_robots": False}}, "scrapers": {}},
        "inventory/data_inventory.yaml": {"expected_coverage": {source: {"data_types": types}}},
    }
    for name, document in documents.items():
        (root / name).write_text(json.dumps(document))


def _peer(python: str, script: str, name: str, *options: str) -> type_work:
    def work(url: str, workload: Workload, root: Path) -> type_times:
        given = [url, str(workload.count), str(root), str(CONCURRENCY[name]), *options, workload.shape]
        times: type_times = json.loads(last_line([python, str(PEERS / script), *given]))
        return times

    return work


def _ours(url: str, workload: Workload, root: Path) -> type_times:
    return child(collect, url, workload.shape, workload.count, CONCURRENCY[OURS], str(root))


def workers() -> dict[str, type_work]:
    """All that can run here; the reason is printed of those that can't."""
    found = {OURS: _ours, BARE: _peer(sys.executable, "bare.py", BARE)}
    found[CAREFUL] = _peer(sys.executable, "careful.py", CAREFUL)
    found[CAREFUL + CHECKED[0]] = _peer(sys.executable, "careful.py", CAREFUL, CHECKED[1])
    for name, script, packages in (
        (SCRAPY, "with_scrapy.py", ("scrapy", "uvloop", "orjson")),
        (CRAWLEE, "with_crawlee.py", ("crawlee", "uvloop", "orjson", "selectolax")),
    ):
        try:
            python = venv(name.lower(), packages)
            found[name] = _peer(python, script, name)
            found[name + DURABLE[0]] = _peer(python, script, name, DURABLE[1])
            if name == CRAWLEE:
                found[name + CHECKED[0]] = _peer(python, script, name, CHECKED[1])
        except SkippedError as error:
            say(f"{name} left out: {error}")
    return found


def run(*, quick: bool = False) -> list[Figure]:
    """Medians of alternating rounds; CPU seconds beside them, since neighbours on the machine take wall-clock time."""
    able = workers()
    figures: list[Figure] = []
    for whole in WORKLOADS:
        workload = Workload(whole.shape, whole.count // 6, whole.objects) if quick else whole
        times = _rounds(able, workload, 1 if quick else 3, in_memory=True)
        figures += _figures(times, workload, in_memory=True)
    small = Workload("items", 500 if quick else 3000, 1)
    figures += _figures(_rounds(able, small, 1 if quick else 2, in_memory=False), small, in_memory=False)
    return figures


def _figures(times: Mapping[str, list[type_times]], workload: Workload, *, in_memory: bool) -> list[Figure]:
    wall = {name: workload.count / statistics.median(t["wall"] for t in each) for name, each in times.items()}
    cpu = {name: workload.count / statistics.median(t["cpu"] for t in each) for name, each in times.items()}
    figures = []
    what = f"{workload.shape} bodies"
    for name in times:
        if name == OURS:
            continue
        target = TARGETS.get(name) if in_memory else None
        where = "in memory" if in_memory else "on disk"
        figures.append(
            Figure(f"{what} by wall clock, {where}", wall[OURS], "/s", name, wall[name], target, note="medians")
        )
        if in_memory:
            figures.append(Figure(f"{what} per CPU second", cpu[OURS], "/s", name, cpu[name], note="medians"))
    return figures


def _rounds(
    able: Mapping[str, type_work], workload: Workload, rounds: int, *, in_memory: bool
) -> dict[str, list[type_times]]:
    times: dict[str, list[type_times]] = {name: [] for name in able}
    with workload.serving() as url:
        for _ in range(rounds):
            for name, work in able.items():
                with folder(in_memory=in_memory) as root:
                    times[name].append(work(url, workload, root))
                os.sync()  # what one has written is not for the next one to wait for
    for name, each in times.items():
        cpu = statistics.median(t["cpu"] for t in each) / workload.count * 1e6
        walls = ", ".join(f"{workload.count / t['wall']:,.0f}" for t in each)
        where = "memory" if in_memory else "disk"
        slots = CONCURRENCY[name.removesuffix(DURABLE[0]).removesuffix(CHECKED[0])]
        say(f"{workload.shape}, {where}: {name} with {slots} at once: {walls} bodies/s, {cpu:,.0f} us CPU a body")
    return times
