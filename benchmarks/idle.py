"""The service at rest, and how quickly it starts and ends: `adce run` in a process of its own."""

from __future__ import annotations

import contextlib
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import (
    Figure,
    SkippedError,
    arguments,
    configure,
    folder,
    get_json,
    own_mb,
    rss_mb,
    say,
    serving,
)

BOUND = "idle under 60 MB and 0.2 % of a core; first request after 1.5 s, exit within 1 s of SIGTERM"
ITEMS = 20


@contextlib.contextmanager
def service(root: Path, mirror: str) -> Iterator[subprocess.Popen[str]]:
    """`adce run` over a folder of `configure`; its log is on stderr."""
    command = [sys.executable, "-m", "adce_async", *arguments(root, mirror), "--log-level", "INFO", "run"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def wait_for_complete(process: subprocess.Popen[str]) -> None:
    """Until a pass has found no gap."""
    assert process.stderr is not None
    for line in process.stderr:
        if "pass done" in line and "gaps=0" in line.replace(" ", ""):
            return
    raise SkippedError("the service ended before its lake was complete")


def cpu_now(pid: int) -> float:
    """CPU seconds of all threads, to the microsecond (the ticks of `stat` are as long as all that an idle one uses)."""
    return sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def wait(seconds: float) -> None:
    """Let the others run."""
    threading.Event().wait(seconds)


def rest(root: Path, mirror: str, seconds: float) -> dict[str, float]:
    """Start over a complete lake, look at it for `seconds`, end it."""
    with service(root, mirror) as process:
        wait_for_complete(process)
        wait(3.0)
        cpu, began = cpu_now(process.pid), time.monotonic()
        wait(seconds)
        used = (cpu_now(process.pid) - cpu) / (time.monotonic() - began)
        memory, own = rss_mb(process.pid), own_mb(process.pid)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        return {"mb": memory, "own": own, "core": used, "exit": time.monotonic() - asked}


def first_request() -> float:
    """Seconds from starting the process, over an empty lake, to its first request (both clocks are the system's)."""
    with folder() as root, serving("-m", "benchmarks.audit_server", "{}") as url:
        configure(root, {"ant": ITEMS})
        began = time.monotonic()
        with service(root, url) as process:
            wait_for_complete(process)
        return float(get_json(f"{url}/__report__")["totals"]["first_at"]) - began


def python_start() -> float:
    """Seconds that the interpreter and the imports of any HTTP client take here, to compare."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import aiohttp, pydantic, click, yaml"], check=True)
    return time.monotonic() - began


def run(*, quick: bool = False) -> list[Figure]:
    """Medians of the rounds for memory and CPU; the best for times, since a busy machine only adds to them."""
    rounds, seconds = (1, 3.0) if quick else (3, 20.0)
    with folder() as root, serving("-m", "benchmarks.audit_server", "{}") as url:
        configure(root, {"ant": ITEMS})
        with service(root, url) as process:
            wait_for_complete(process)
            process.terminate()
            process.wait(timeout=30)
        seen = [rest(root, url, seconds) for _ in range(rounds)]
    starts = [first_request() for _ in range(rounds + 2)]
    bare = min(python_start() for _ in range(rounds))
    say(f"idle: {seen}; first requests after {starts} s; imports alone {bare:.2f} s")
    memory, own, core = (statistics.median(one[name] for one in seen) for name in ("mb", "own", "core"))
    return [
        Figure("memory", memory, "MB", "bound", 60.0, at_most=1.0, note="median"),
        Figure("of it no other process shares", own, "MB", "bound", 60.0, note="median"),
        Figure("CPU of a core", core * 100, "%", "bound", 0.2, at_most=1.0, note="median"),
        Figure("start to first request", min(starts), "s", "bound", 1.5, at_most=1.0, note="best"),
        Figure("start to first request", min(starts), "s", "importing the libraries alone", bare, note="best"),
        Figure("SIGTERM to exit", min(one["exit"] for one in seen), "s", "bound", 1.0, at_most=1.0, note="best"),
    ]
