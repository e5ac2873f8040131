"""The page of a service that expects a million keys: time to its first byte, and bytes over the wire."""

from __future__ import annotations

import asyncio
import http.client
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tests.scenario.world import World, per

from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.coverage import DataType, StoredObject
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import Outcome, Verdict
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.service.window import Window
from adce_async.testing.memory_store import MemoryStore
from adce_async.web.page.rendering import static_files
from adce_async.web.server import WebLimits, serving
from benchmarks.harness import Figure, child, folder, say

BOUND = "a million expected keys, 10,000 gaps of which half are parked: first byte under 0.1 s, under 100 KB in all"
SOURCES = ("ant", "bee", "cat", "dog", "eel")
TYPES = ("schedule", "box_score", "play_by_play", "shot_chart")
SEASONS = tuple(f"{year}-{(year + 1) % 100:02}" for year in range(1975, 2025))
KEYS = 1_000_000 // (len(SOURCES) * len(TYPES) * len(SEASONS))
"""Of a data type and season; one in a hundred is missing."""


class Items(Scraper):
    """Nothing is found in what is stored."""

    def check(self, page: Page, want: Want) -> None:
        """All is good."""


class Lake(MemoryStore):
    """Lists objects that are made while it is read."""

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        for season in SEASONS:
            yield [
                StoredObject(f"{prefix}{season}/{number}.json", 5000, "1", 1.7e9, True)
                for number in range(KEYS)
                if number % 100
            ]


async def ask(root: str, rounds: int) -> dict[str, object]:
    """Seconds to the first byte of each request, and bytes on the wire: of the page, and of all that it needs."""
    ids = ListDimension("id", tuple(str(number) for number in range(KEYS)))
    declared = [
        Declared(DataType(of, name, f"{of}_items", PathPattern(f"{of}-{name}/{{season}}/{{id}}.json")), SEASONS, (ids,))
        for of in SOURCES
        for name in TYPES
    ]
    async with SqliteWriter(Path(root) / "adce.db") as writer, SqliteQueue(writer) as queue:
        limits = {name: per(20, 60.0) for name in SOURCES}
        made = World(Path(root), declared, limits, store=Lake(), queue=queue, kind=Items)
        report = await made.look()
        await _park(made, report.gaps // 2)
        window = Window(made.parts, lambda: 1, lambda: 60.0)
        limits_of_web = WebLimits(requests_per_second=1000.0, burst=1000)
        async with window.feeding(), serving(window.site(), "127.0.0.1", 0, limits_of_web) as url:
            seen = [await asyncio.to_thread(_get, url, "/") for _ in range(rounds)]
            static = [await asyncio.to_thread(_get, url, f"/static/{name}") for name in static_files()]
    size = seen[-1][1]
    return {
        "expected": sum(row.expected for row in report.coverage), "gaps": report.gaps,
        "first": seen[0][0], "later": [seconds for seconds, _ in seen[1:]],
        "page": size, "all": size + sum(each for _, each in static),
    }  # fmt: skip


async def _park(made: World, count: int) -> None:
    now = made.clock.now()
    tasks = (await made.queue.tasks())[:count]
    claims = await made.queue.claim([task.key for task in tasks], now=now, until=now + 60.0)
    outcomes = [
        Outcome(each.task.key, Verdict.PARKED, "it is another game", at=now, token=each.token) for each in claims
    ]
    if await made.queue.settle(outcomes):
        raise RuntimeError("they were not parked")
    await made.pool.refresh()


def _get(url: str, path: str) -> tuple[float, int]:
    """Seconds until the first byte, and bytes on the wire."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    took = time.perf_counter() - began
    size = len(answer.read()) + len(str(answer.headers))
    connection.close()
    return took, size


def run(*, quick: bool = False) -> list[Figure]:
    """The first request, which imports the templates, and the median of the others."""
    with folder() as root:
        seen = child(ask, str(root), 5 if quick else 20)
    say(f"page_load: {seen}")
    later = statistics.median(seen["later"])  # type: ignore[arg-type]
    return [
        Figure("first byte", later, "s", "bound", 0.1, at_most=1.0, note="median"),
        Figure("first byte of the first request", float(str(seen["first"])), "s", "bound", 0.1, note="with imports"),
        Figure("page, style and script", float(str(seen["all"])) / 1000, "KB", "bound", 100.0, at_most=1.0),
    ]
