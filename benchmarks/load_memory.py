"""Memory and event-loop lag of the service with five scrapers at work on a thousand tasks."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from adce_async.engine.events import TaskSettled
from adce_async.service.loops import Service
from adce_async.supervisor import Stop
from benchmarks.harness import Figure, child, configure, folder, rss_mb, say, serving
from benchmarks.ours import parts_at

BOUND = "under 120 MB, loop lag p99 under 50 ms; beside it an idle loop in the same minute"
TASKS = 1000
BEAT = 0.005


async def heartbeat(lags: list[float], memory: list[float]) -> None:
    """Note for ever how late each beat comes, in milliseconds, and what is resident then."""
    while True:
        due = time.perf_counter() + BEAT
        await asyncio.sleep(BEAT)
        lags.append(max(0.0, time.perf_counter() - due) * 1000)
        if len(lags) % 20 == 0:
            memory.append(rss_mb())


async def at_work(url: str, root: str) -> dict[str, float]:
    """The whole service until all is stored, its pass and its web server included."""
    lags: list[float] = []
    memory: list[float] = [rss_mb()]
    stop = Stop()
    async with parts_at(root, url) as parts, asyncio.TaskGroup() as group:
        service = Service(parts, stop)

        def settled(_events: object) -> None:
            if parts.pool.tally.by_verdict.get("stored", 0) == TASKS:
                stop.ask("all is stored")

        beats = group.create_task(heartbeat(lags, memory), name="heartbeat")
        async with parts.events.feeding("benchmark", settled, TaskSettled):
            await service.run()
        beats.cancel()
    return {"mb": max(memory), "p99": p99(lags), "worst": max(lags), "beats": len(lags)}


async def idle_loop(seconds: float) -> dict[str, float]:
    """The same heartbeat with nothing else in the process: what the machine itself adds."""
    lags: list[float] = []
    async with asyncio.TaskGroup() as group:
        beats = group.create_task(heartbeat(lags, []), name="heartbeat")
        await asyncio.sleep(seconds)
        beats.cancel()
    return {"p99": p99(lags), "worst": max(lags)}


def p99(lags: list[float]) -> float:
    """The lag that 99 of 100 beats keep below."""
    return statistics.quantiles(lags, n=100)[98]


def run(*, quick: bool = False) -> list[Figure]:
    """Largest memory of all rounds; median of the rounds' p99."""
    rounds = 1 if quick else 3
    seen, idle = [], []
    sources = dict.fromkeys(("ant", "bee", "cat", "dog", "eel"), TASKS // 5)
    for _ in range(rounds):
        with folder() as root, serving("-m", "benchmarks.lean_server") as url:
            configure(Path(root), sources, max_concurrent_scrapers=5)
            seen.append(child(at_work, url, str(root)))
        idle.append(child(idle_loop, 1.0))
        say(f"at work {seen[-1]}, idle loop {idle[-1]}")
    lag = statistics.median(one["p99"] for one in seen)
    quiet = statistics.median(one["p99"] for one in idle)
    return [
        Figure("resident memory", max(one["mb"] for one in seen), "MB", "bound", 120.0, at_most=1.0, note="worst"),
        Figure("loop lag, p99", lag, "ms", "bound", 50.0, at_most=1.0, note="median of rounds"),
        Figure("loop lag, p99", lag, "ms", "an idle loop", quiet, note="median of rounds"),
    ]
