"""What all benchmarks share: figures with their bound, processes of their own, configurations, the simulated sources.

Laws:

1. What is claimed is a ratio, against a bound or against a peer measured in the same run: machines are shared.
2. Rounds of us and of the peer alternate, so that a noisy minute hits both; the statistic is named in the figure.
3. What is measured runs in a fresh process, and the clock starts after its imports.
4. Modules come as byte code, as they do where something is installed: what has been compiled at the start lies
   scattered in memory, which cost a process of many modules a fifth of its speed.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from adce_async.cli.common import run_async

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 900.0
"""Seconds that any process of a benchmark may take."""


class SkippedError(Exception):
    """This benchmark, or this peer, can't run here; the text says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `at_least` and `at_most` bound the ratio; with neither it is shown for comparison."""

    what: str
    value: float
    unit: str
    beside: str
    """What it is measured against: a bound, or a peer of the same run."""
    against: float
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """`value / against`; None against zero."""
        return self.value / self.against if self.against else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none. Against zero only zero is within the target."""
        if self.at_least is None and self.at_most is None:
            return None
        if self.ratio is None:
            return self.value == 0
        return (self.at_least is None or self.ratio >= self.at_least) and (
            self.at_most is None or self.ratio <= self.at_most
        )

    @property
    def target(self) -> str:
        """The target in words."""
        if self.met is None:
            return "-"
        if not self.against:
            return "0"
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "what": self.what, "value": self.value, "unit": self.unit, "beside": self.beside, "against": self.against,
            "ratio": self.ratio, "target": self.target, "met": self.met, "note": self.note,
        }  # fmt: skip


def say(text: str) -> None:
    """A remark on stderr while a benchmark runs."""
    print(f"  {text}", file=sys.stderr, flush=True)


# -- processes of their own ---------------------------------------------------------------------------------------


def child(job: Callable[..., Awaitable[T]], *arguments: object, python: str = sys.executable) -> T:
    """What the coroutine function `job` of a module returns in a fresh process, run as commands are; all as JSON."""
    name = f"{job.__module__}:{job.__qualname__}"
    command = [python, "-m", "benchmarks.harness", name, json.dumps(arguments)]
    result: T = json.loads(last_line(command))
    return result


def last_line(command: Sequence[str]) -> str:
    """The last line that `command` prints; raises SkippedError with its last words if it fails."""
    keeping = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False, cwd=ROOT, env=keeping)
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise SkippedError(f"exit {done.returncode}: {done.stderr.strip()[-1500:] or 'no output'}")
    return lines[-1]


def run_job(name: str, arguments: Sequence[object]) -> object:
    """Run `module:function` here; what `child` starts."""
    module, _, function = name.partition(":")
    job = getattr(importlib.import_module(module), function)
    return run_async(job(*arguments))


@contextlib.contextmanager
def serving(*command: str) -> Iterator[str]:
    """A server in a process of its own; its base URL is in the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-u", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if not found:
            raise SkippedError(f"{' '.join(command)} did not start: {line or process.communicate(timeout=10)[1]}")
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def get_json(url: str, method: str = "GET") -> Any:
    """The JSON that a server of ours answers (None if the answer is empty)."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, parts.path)
        body = connection.getresponse().read()
    finally:
        connection.close()
    return json.loads(body) if body else None


# -- what the system knows of a process ------------------------------------------------------------------------------


def rss_mb(pid: int | str = "self") -> float:
    """Resident memory in MB (10^6 bytes)."""
    return _pages(pid) * os.sysconf("SC_PAGE_SIZE") / 1e6


def own_mb(pid: int | str = "self") -> float:
    """The part of `rss_mb` that no other process can share with it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024 / 1e6


def _pages(pid: int | str) -> int:
    path = Path(f"/proc/{pid}/statm")
    if not path.exists():
        raise SkippedError("memory and CPU of processes are read from /proc, which this system does not have")
    return int(path.read_text().split()[1])


def cpu_seconds(pid: int) -> float:
    """CPU seconds of all threads so far, in kernel and user mode."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def reaped_cpu_seconds(pid: int) -> float:
    """CPU seconds of those of its children that have ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[13]) + int(after_name[14])) / os.sysconf("SC_CLK_TCK")


# -- a user's folder ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def folder(*, in_memory: bool = False) -> Iterator[Path]:
    """A folder that is gone afterwards; `in_memory`: where there is a file system in memory, there."""
    memory = Path("/dev/shm")
    where = memory if in_memory and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="adce-bench-", dir=where) as path:
        yield Path(path)


def configure(
    root: Path, items: Mapping[str, int], limits: Mapping[str, Mapping[str, object]] | None = None, **settings: object
) -> None:
    """Write the configuration of declarative sources under `root`: NAME -> number of items, limits by NAME.

    No `limits`: none at all. `settings`: further keys of autonomous_config.yaml.
    """
    service = {"health_check": {"port": 0}, "rate_limiting": {"enabled": limits is not None}, **settings}
    sources = {
        name: {"hosts": [f"{name}.test"], "respect_robots": False, **({"rate_limit": limits[name]} if limits else {})}
        for name in items
    }
    scrapers = {
        f"{name}_items": {
            "source": name,
            "url": f"https://{name}.test/items/{{id}}.json",
            "format": "json",
            "check": {"equals": {"id": "{id}"}, "required": ["rows"], "min_rows": {"rows": 1}},
        }
        for name in items
    }
    coverage = {
        name: {
            "data_types": {
                "items": {
                    "scraper": f"{name}_items",
                    "path_pattern": f"{name}/{{id}}.json",
                    "dimensions": {"id": [str(number) for number in range(1, count + 1)]},
                }
            }
        }
        for name, count in items.items()
    }
    for name, document in (
        ("config/autonomous_config.yaml", service),
        ("config/scraper_config.yaml", {"sources": sources, "scrapers": scrapers}),
        ("inventory/data_inventory.yaml", {"expected_coverage": coverage}),
    ):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document))


def arguments(root: Path, mirror: str) -> list[str]:
    """The global options of the command line for a folder of `configure`."""
    return [
        "--config-dir", str(root / "config"), "--inventory-dir", str(root / "inventory"),
        "--lake", (root / "lake").as_uri(), "--mirror", mirror, "--log-level", "WARNING",
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run_job(sys.argv[1], json.loads(sys.argv[2]))))
