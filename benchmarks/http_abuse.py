"""A drain while somebody floods the service's HTTP side and holds its connections, beside the same drain in peace."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.harness import Figure, SkippedError, configure, folder, get_json, rss_mb, say, serving
from benchmarks.idle import service, wait
from benchmarks.mixed_drain import LIMITS, items_for

BOUND = "1,000 requests/s on /health and 200 slow connections: the drain within 1.02, memory within 20 MB, no 5xx"
SECONDS = 30.0
PER_SECOND, SLOW = 1000, 200
CLIENTS = 250
"""Connections that flood; each is kept as long as the service keeps it. A refusal takes a quarter of a second."""
MEMORY_MB = 20.0
ODD = (
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"DELETE /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n" + b"z" * 100_000,
    b"GET /health HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n",
)  # fmt: skip


class Flood:
    """Requests at an even rate, connections that never end their request, and what is no request."""

    def __init__(self, host: str, port: int) -> None:
        self._at = host, port
        self.statuses: Counter[int] = Counter()
        self.broken = 0
        """Connections that the service closed."""
        self.stop = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._slow(), name=f"slow {n}") for n in range(SLOW)]
            tasks += [group.create_task(self._ask(), name=f"client {n}") for n in range(CLIENTS)]
            tasks.append(group.create_task(self._odd(), name="odd"))
            await self.stop.wait()
            for task in tasks:
                task.cancel()

    async def _slow(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(*self._at)
                try:
                    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ")
                    while not (reader.at_eof() or writer.is_closing()):
                        writer.write(b"y")
                        await asyncio.sleep(1.0)
                finally:
                    writer.close()
            await asyncio.sleep(0.5)

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        due, reader, writer = loop.time(), None, None
        while True:
            due += CLIENTS / PER_SECOND
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
            try:
                if reader is None or writer is None:
                    reader, writer = await asyncio.open_connection(*self._at)
                writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                self.statuses[int(head[9:12])] += 1
            except (OSError, asyncio.IncompleteReadError):
                self.broken += 1
                reader = writer = None

    async def _odd(self) -> None:
        for number in range(1_000_000):
            with contextlib.suppress(OSError, TimeoutError):
                reader, writer = await asyncio.open_connection(*self._at)
                writer.write(ODD[number % len(ODD)])
                async with asyncio.timeout(2.0):
                    head = await reader.read(12)
                if head[9:12].isdigit():
                    self.statuses[int(head[9:12])] += 1
                writer.close()
            await asyncio.sleep(0.1)


@contextlib.contextmanager
def flooding(url: str) -> Iterator[Flood]:
    """While the block runs, in a thread."""
    parts = urlsplit(url)
    loop = asyncio.new_event_loop()
    flood = Flood(parts.hostname or "", parts.port or 0)
    thread = threading.Thread(target=loop.run_until_complete, args=(flood.run(),), name="flood")
    thread.start()
    try:
        yield flood
    finally:
        loop.call_soon_threadsafe(flood.stop.set)
        thread.join()
        loop.close()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"serving.*url=(\S+)", line):
            return found[1]
    raise SkippedError("the service ended before it served")


def drain(seconds: float, *, flooded: bool) -> dict[str, float]:
    """Seconds from the first request to the last, peak MB, and what the flood was answered."""
    items = {name: items_for(name, seconds) for name in LIMITS}
    speaks = {
        name: {"requests": windows[0][0], "per": windows[0][1], "burst_size": burst}
        | ({"min_delay_seconds": delay} if delay else {})
        for name, (windows, burst, delay) in LIMITS.items()
    }
    with folder() as root, serving("-m", "benchmarks.audit_server", json.dumps(LIMITS)) as mirror:
        configure(root, items, speaks, max_concurrent_scrapers=5, rate_limiting={"backoff": {"enabled": False}})
        with service(root, mirror) as process, contextlib.ExitStack() as stack:
            url = _address(process)
            said: list[str] = []
            reader = threading.Thread(target=lambda: said.extend(process.stderr or ()), name="stderr")
            reader.start()
            flood = stack.enter_context(flooding(url)) if flooded else None
            peak = _until_done(process, root, items, seconds)
            report = get_json(f"{mirror}/__report__")
            process.terminate()
            process.wait(timeout=30)
            reader.join()
    spent = [one["last_at"] for one in report["sources"].values()]
    began = min(one["first_at"] for one in report["sources"].values())
    statuses: Counter[int] = flood.statuses if flood else Counter()
    return {
        "seconds": max(spent) - began, "peak": peak, "asked": sum(statuses.values()) + (flood.broken if flood else 0),
        "answered": statuses[200], "refused": statuses[429],
        "failed": sum(count for status, count in statuses.items() if status >= 500),
        "tracebacks": sum("Traceback" in line for line in said), "violations": report["totals"]["violations"],
    }  # fmt: skip


def _until_done(process: subprocess.Popen[str], root: Path, items: dict[str, int], seconds: float) -> float:
    """Wait until the lake holds all; returns the peak of the memory in MB."""
    peak, until = 0.0, time.monotonic() + 3 * seconds + 30
    while sum(len(list((root / "lake" / name).glob("*.json"))) for name in items) < sum(items.values()):
        if time.monotonic() > until or process.poll() is not None:
            raise SkippedError("the service did not drain its queue")
        peak = max(peak, rss_mb(process.pid))
        wait(0.2)
    return peak


def run(*, quick: bool = False) -> list[Figure]:
    """Best of the rounds for the time, all of them for what must not be."""
    seconds, rounds = (6.0, 1) if quick else (SECONDS, 2)
    calm, flooded = [], []
    for _ in range(rounds):
        calm.append(drain(seconds, flooded=False))
        flooded.append(drain(seconds, flooded=True))
        say(f"http_abuse: in peace {calm[-1]}, flooded {flooded[-1]}")
    more = min(each["peak"] for each in flooded) - min(each["peak"] for each in calm)
    took, peace = (min(each["seconds"] for each in rows) for rows in (flooded, calm))
    rate = max(each["asked"] / each["seconds"] for each in flooded)
    return [
        Figure("time to drain, flooded", took, "s", "in peace", peace, at_most=1.02, note="best round"),
        Figure("memory more than in peace", max(0.0, more), "MB", "bound", MEMORY_MB, at_most=1.0, note="peaks"),
        Figure("answers with 5xx", sum(each["failed"] for each in flooded), "", "none", 0.0, at_most=0.0),
        Figure("tracebacks in the log", sum(each["tracebacks"] for each in flooded), "", "none", 0.0, at_most=0.0),
        Figure(
            "requests beyond a limit", sum(each["violations"] for each in flooded), "", "in peace",
            sum(each["violations"] for each in calm), note="all rounds; a busy machine makes some of both",
        ),
        Figure("requests of the flood (or cut off)", rate, "/s", "meant", float(PER_SECOND), note="busiest round"),
    ]  # fmt: skip
