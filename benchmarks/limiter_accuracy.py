"""A server in a process of its own audits what the HTTP client sends at full speed, beside plain aiolimiter.

A machine that stalls either process for longer than the guard (20 ms) can make requests arrive closer together than
they were sent; so the longest stall of each round is printed beside its violations.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import aiolimiter

from adce_async.clock import SystemClock
from adce_async.engine.fetching.client import HttpClient
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.wire import SourceHttp
from benchmarks.audit_server import spoken
from benchmarks.harness import Figure, child, get_json, say, serving
from benchmarks.load_memory import heartbeat

BOUND = "no request beyond any limit, and at least 0.98 of what the limits allow; beside plain aiolimiter"
LIMITS: Mapping[str, tuple[list[tuple[int, float]], int, float]] = {"ant": ([(100, 2.0), (250, 6.0)], 10, 0.0)}
WORKERS = 8


async def ours(url: str, seconds: float) -> float:
    """Send as fast as the limiter allows; returns the longest stall of this process, in milliseconds."""
    stalls: list[float] = []
    clock = SystemClock()
    limiters = {"ant": RateLimiter("ant", spoken("ant", LIMITS["ant"]), clock)}
    source = SourceHttp("ant", frozenset({"ant.test"}), respect_robots=False)
    async with HttpClient({"ant": source}, limiters, clock, mirror=url) as client:

        async def send(number: int) -> None:
            await client.fetch("ant", f"https://ant.test/items/{number}.json")

        async with asyncio.TaskGroup() as group:
            beats = group.create_task(heartbeat(stalls, []), name="heartbeat")
            await _for(seconds, send)
            beats.cancel()
    return max(stalls)


async def theirs(url: str, seconds: float) -> None:
    """The same with a bare session behind an `AsyncLimiter` for the shorter window, as its documentation has it."""
    (limit, period), *_ = LIMITS["ant"][0]
    limiter = aiolimiter.AsyncLimiter(limit, period)
    async with aiohttp.ClientSession() as session:

        async def send(number: int) -> None:
            async with limiter, session.get(f"{url}/ant.test/items/{number}.json") as response:
                await response.read()

        await _for(seconds, send)


async def _for(seconds: float, send: Any) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds

    async def work(worker: int) -> None:
        number = worker
        while loop.time() < until:
            await send(number)
            number += WORKERS

    async with asyncio.TaskGroup() as group:
        for worker in range(WORKERS):
            group.create_task(work(worker), name=f"worker {worker}")


def run(*, quick: bool = False) -> list[Figure]:
    """Violations of all rounds; the best share used, since a busy machine only takes away."""
    seconds, rounds = (3.0, 1) if quick else (10.0, 3)
    violations, worst, shares = {"ours": 0, "theirs": 0}, {"ours": 0, "theirs": 0}, []
    for _ in range(rounds):
        for name, job in (("ours", ours), ("theirs", theirs)):
            with serving("-m", "benchmarks.audit_server", json.dumps(LIMITS)) as url:
                stall = child(job, url, seconds)
                seen = get_json(f"{url}/__report__")["sources"]["ant"]
            violations[name] += seen["violations"]
            worst[name] = max(worst[name], seen["windows"]["2s"]["worst"])
            if name == "ours":
                shares.append(seen["lower_bound_seconds"] / (seen["last_at"] - seen["first_at"]))
            late = "" if stall is None else f", longest stall {stall:.0f} ms"
            say(f"{name}: {seen['requests']} requests, {seen['violations']} violations, {seen['windows']}{late}")
    limit = LIMITS["ant"][0][0][0]
    return [
        Figure("requests beyond a limit", violations["ours"], "", "none", 0.0, at_most=0.0, note="all rounds"),
        Figure("requests beyond a limit, aiolimiter", violations["theirs"], "", "none", 0.0, note="all rounds"),
        Figure("worst 2 s", worst["ours"], "requests", "the limit", limit, at_most=1.0, note="worst round"),
        Figure("worst 2 s, aiolimiter", worst["theirs"], "requests", "the limit", limit, note="worst round"),
        Figure("share of the allowed rate used", max(shares), "", "all of it", 1.0, at_least=0.98, note="best round"),
    ]
