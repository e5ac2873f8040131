"""Real processes: the service as a user starts it, against simulated sources in a process of their own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.process.warm import LIMIT, PROGRAM, SERVER, Running, Warm

T = TypeVar("T")


class Upstream:
    """Simulated sources in a process of their own."""

    def __init__(self, warm: Warm, *options: str) -> None:
        ours, theirs = os.pipe()
        self._process = warm.start(SERVER, ["--port", "0", *options], stdout=theirs, stderr=2)
        os.close(theirs)
        self._said = os.fdopen(ours)
        line = self._said.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line
        self.url = found[0]

    def report(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/__report__", timeout=30) as answer:
            return dict(json.load(answer))

    def requests(self) -> int:
        return int(self.report()["totals"]["requests"])

    def violations(self) -> int:
        return int(self.report()["totals"]["violations"])

    def close(self) -> None:
        self._process.terminate()
        self._said.read()
        self._said.close()
        self._process.wait(LIMIT)


class Desk:
    """A user's folder with configuration, inventory and lake, and the command line."""

    def __init__(self, folder: Path, warm: Warm) -> None:
        self.folder = folder
        self.warm = warm
        self.lake = folder / "lake"
        self.inventory = folder / "inventory"
        for name in ("config", "inventory"):
            (folder / name).mkdir()
        self.write("config/autonomous_config.yaml", {"retry_delay_seconds": 0.2, "health_check": {"port": 0}})
        self.mirror = "http://127.0.0.1:9"

    def write(self, name: str, document: object) -> Path:
        path = self.folder / name
        path.write_text(document if isinstance(document, str) else json.dumps(document, indent=1))
        return path

    def ants(self, count: int, **rate_limit: object) -> None:
        """A declarative source with `count` items."""
        limit = rate_limit or {"requests_per_second": 1000, "burst_size": 100}
        self.write(
            "config/scraper_config.yaml",
            {
                "sources": {"ant": {"hosts": ["ant.test"], "rate_limit": limit}},
                "scrapers": {
                    "ant_items": {
                        "source": "ant",
                        "url": "https://ant.test/items/{id}.json",
                        "format": "json",
                        "check": {"equals": {"id": "{id}"}, "required": ["rows"], "min_rows": {"rows": 1}},
                    }
                },
            },
        )
        self.write(
            "inventory/data_inventory.yaml",
            {
                "expected_coverage": {
                    "ant": {
                        "data_types": {
                            "items": {
                                "scraper": "ant_items",
                                "path_pattern": "ant/{id}.json",
                                "dimensions": {"id": [str(n) for n in range(1, count + 1)]},
                            }
                        }
                    }
                }
            },
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "adce_async", *self.words(arguments)]

    def words(self, arguments: Sequence[str]) -> list[str]:
        """The whole command line, but for the program itself."""
        return [
            "--config-dir", str(self.folder / "config"),
            "--inventory-dir", str(self.inventory),
            "--lake", self.lake.as_uri(),
            "--mirror", self.mirror,
            *arguments,
        ]  # fmt: skip

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        expect: int | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """The command from its start to its end, in a process that had the program imported when it began."""
        done = self.warm.run(self.words(arguments), env=env, cwd=cwd)
        assert "Traceback" not in done.stderr, done.stderr
        if expect is not None:
            assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    @contextlib.contextmanager
    def started(self, *arguments: str, cwd: Path | None = None) -> Iterator[Running]:
        """The command while it runs, in a process that had the program imported when it began."""
        with _ended_in_any_case(Running(self.warm, PROGRAM, self.words(arguments), cwd)) as process:
            yield process

    @contextlib.contextmanager
    def started_cold(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """The command from the first instruction of its interpreter."""
        command = self.command(*arguments)
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        with _ended_in_any_case(process):
            yield process

    def stored(self) -> set[str]:
        return {str(p.relative_to(self.lake)) for p in self.lake.rglob("*") if p.is_file() and ".adce" not in p.parts}


Process = TypeVar("Process", Running, subprocess.Popen[str])


@contextlib.contextmanager
def _ended_in_any_case(process: Process) -> Iterator[Process]:
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=LIMIT)


def wait_for_line(process: Running | subprocess.Popen[str], *texts: str) -> str:
    """The first log line that holds one of `texts`."""
    assert process.stderr is not None
    for line in process.stderr:
        if any(text in line for text in texts):
            return line
    raise AssertionError(f"the process ended without saying {texts}")


def wait_until_complete(process: Running | subprocess.Popen[str]) -> None:
    """Until a pass has found nothing to do; what came before it has been read then."""
    while "gaps=0 " not in wait_for_line(process, "pass done"):
        pass


def wait_for(look: Callable[[], T], what: str, pause: float = 0.02) -> T:
    """What `look()` says as soon as it says something; `pause`: seconds between two looks."""
    until = time.monotonic() + LIMIT
    while not (found := look()):
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(pause)
    return found


def end(process: Running | subprocess.Popen[str], number: int = signal.SIGTERM) -> int:
    """Send a signal, return the exit code."""
    process.send_signal(number)
    process.communicate(timeout=LIMIT)
    assert process.returncode is not None
    return process.returncode


@pytest.fixture
def desk(tmp_path: Path, warm: Warm) -> Desk:
    return Desk(tmp_path, warm)


@pytest.fixture
def upstream(warm: Warm) -> Iterator[Callable[..., Upstream]]:
    """Makes upstreams that end with the test."""
    made: list[Upstream] = []

    def make(*options: str) -> Upstream:
        made.append(Upstream(warm, *options))
        return made[-1]

    yield make
    for each in made:
        each.close()
