"""One body of 300 MB from the network into the lake: memory while it streams, is checked and is stored."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

from adce_async.service.runs import run_once
from adce_async.supervisor import Stop
from benchmarks.harness import Figure, SkippedError, child, configure, folder, rss_mb, say, serving
from benchmarks.load_memory import heartbeat, p99
from benchmarks.ours import parts_at

BOUND = "memory grows by less than a tenth of the body, and the loop lags less than 50 ms; beside it a plain copy"
MEGABYTES = 300
CHUNK = os.urandom(1_000_000)


def write_body(path: Path, megabytes: int) -> None:
    """A file that begins and ends as parquet does; its content does not matter here."""
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.write(b"PAR1")
        for _ in range(megabytes):
            file.write(CHUNK)
        file.write((100).to_bytes(4, "little") + b"PAR1")


async def collect(url: str, root: str) -> dict[str, float]:
    """Fill a lake of one object; the highest memory, and what was there before."""
    lags: list[float] = []
    memory: list[float] = [rss_mb()]
    async with parts_at(root, url) as parts, asyncio.TaskGroup() as group:
        before = rss_mb()
        beats = group.create_task(heartbeat(lags, memory), name="heartbeat")
        began = time.perf_counter()
        result = await run_once(parts, Stop(), max_wait=1.0)
        seconds = time.perf_counter() - began
        beats.cancel()
    if result.report is None or not result.report.complete:
        raise SkippedError(f"not stored: {result.summary.as_dict()}")
    return {"before": before, "peak": max(memory), "seconds": seconds, "p99": p99(lags)}


def run(*, quick: bool = False) -> list[Figure]:
    """One round: memory does not depend on neighbours."""
    megabytes = 30 if quick else MEGABYTES
    with folder() as root:
        write_body(root / "site" / "ant.test" / "items" / "1.json", megabytes)
        configure(root, {"ant": 1})
        config = root / "config" / "scraper_config.yaml"
        document = json.loads(config.read_text())
        document["sources"]["ant"]["max_response_bytes"] = 2_000_000_000
        document["scrapers"]["ant_items"] |= {"format": "parquet", "check": {}, "stream": True}
        config.write_text(json.dumps(document))
        site = str(root / "site")
        with serving("-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", site) as url:
            seen = child(collect, url, str(root))
        began = time.perf_counter()
        (root / "copy").write_bytes((root / "site" / "ant.test" / "items" / "1.json").read_bytes())
        copying = time.perf_counter() - began
    say(f"{megabytes} MB: {seen}; read and written at once in {copying:.2f} s")
    return [
        Figure("memory added", seen["peak"] - seen["before"], "MB", "the body", megabytes, at_most=0.1, note="peak"),
        Figure("loop lag", seen["p99"], "ms", "bound", 50.0, at_most=1.0, note="p99"),
        Figure("time", seen["seconds"], "s", "reading and writing it", copying),
    ]
