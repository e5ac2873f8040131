"""Nodes as processes, over a real PostgreSQL: what a user sees when the database is wrong, goes away and comes back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.harness import configure
from tests.postgres_server import PostgresServer

LEASE = 5
WAIT = 40.0
pytestmark = [pytest.mark.looptime(False), pytest.mark.timeout(150)]


class Node:
    """`adce run` with a state folder of its own."""

    def __init__(self, root: Path, name: str, mirror: str, dsn: str) -> None:
        self.name, self.root, self.dsn = name, root, dsn
        self._arguments = [
            "--config-dir", root / "config", "--inventory-dir", root / "inventory", "--lake", (root / "lake").as_uri(),
            "--mirror", mirror, "--state-dir", root / name,
        ]  # fmt: skip
        self.process: subprocess.Popen[str] | None = None
        self.log = root / f"{name}.log"

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*words), env=self._environment(), capture_output=True, text=True, timeout=60, check=False
        )

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self._command("run"), env=self._environment(), stdout=log, stderr=log, text=True
            )

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        return self.process.wait(30)

    def get(self, path: str) -> Any:
        found = re.findall(r"http://127\.0\.0\.1:\d+", self.log.read_text())
        try:
            with urllib.request.urlopen(found[-1] + path, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except (OSError, IndexError):
            return {}

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "adce_async", *map(str, self._arguments), *words]

    def _environment(self) -> dict[str, str]:
        return os.environ | {"ADCE_CLUSTER__DSN": self.dsn, "ADCE_CLUSTER__NODE": self.name}


def until(condition: Any, what: str) -> None:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(what)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    speaks = {name: {"requests": 20, "per": 2.0, "burst_size": 5} for name in ("ant", "bee")}
    configure(
        tmp_path, {"ant": 150, "bee": 150}, speaks,
        cluster={"enabled": True, "lease_seconds": LEASE, "dsn": "postgresql://of/each"},
        rate_limiting={"enabled": True, "cooldown_initial_seconds": 1},
    )  # fmt: skip
    return tmp_path


@pytest.fixture
def nodes(root: Path, upstream: Any, postgres: PostgresServer) -> Iterator[list[Node]]:
    dsn = postgres.new_database()
    both = [Node(root, name, upstream().url, dsn) for name in ("one", "two")]
    yield both
    for node in both:
        if node.process is not None:
            node.stop()


def stored(root: Path) -> int:
    return len(list((root / "lake" / "ant").glob("*.json"))) + len(list((root / "lake" / "bee").glob("*.json")))


def test_mistakes_are_one_clear_line(root: Path) -> None:
    away = Node(root, "one", "http://127.0.0.1:1", "postgresql://127.0.0.1:1/lake?user=me&password=geheim").command(
        "run"
    )
    assert away.returncode == 2
    (line,) = away.stderr.strip().splitlines()
    assert "PostgreSQL at 127.0.0.1:1/lake" in line
    assert "geheim" not in away.stderr
    alone = Node(root, "one", "http://127.0.0.1:1", "postgresql://127.0.0.1:1/lake").command("execute")
    assert (alone.returncode, "in a cluster let `adce run` do it" in alone.stderr) == (2, True)


def test_two_nodes_share_the_work_and_outlive_the_database_and_each_other(
    root: Path, nodes: list[Node], postgres: PostgresServer
) -> None:
    one, two = nodes
    refused = one.command("run")
    assert (refused.returncode, "adce cluster migrate" in refused.stderr) == (2, True)
    assert one.command("cluster", "migrate").returncode == 0
    one.start()
    two.start()

    def owners() -> set[str]:
        return {seen["owner"] for seen in two.get("/cluster").get("sources", []) if seen["owner"]}

    until(lambda: owners() == {"one", "two"}, "the sources are not spread")
    postgres.stop(signal.SIGQUIT)
    try:
        until(lambda: "cluster" in json.dumps(one.get("/health")), "nobody says that the database is away")
        assert one.process is not None
        assert one.process.poll() is None
    finally:
        postgres.start()
    assert one.process is not None
    until(lambda: owners() == {"one", "two"}, "it does not go on")
    one.process.kill()
    one.process.wait()
    killed_at = time.monotonic()
    until(lambda: owners() == {"two"}, "nobody takes over")
    assert time.monotonic() - killed_at < LEASE + 5
    until(lambda: stored(root) == 300, "it is not completed")
    assert two.stop() == 0
    seen = json.loads(two.command("cluster", "status", "--json").stdout)
    assert {source["owner"] for source in seen["sources"]} == {None}
