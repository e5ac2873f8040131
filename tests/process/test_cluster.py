"""Nodes as processes, over a real PostgreSQL and a lake in S3: what a user sees when the database is wrong, goes away and comes back."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from benchmarks.harness import configure
from tests.postgres_server import PostgresServer
from tests.process.conftest import wait_for
from tests.process.warm import LIMIT, PROGRAM, Forked, Warm
from tests.s3_server import S3Server

LEASE = 5
ITEMS = 100
PAUSE = 0.1
"""Seconds between two looks."""
pytestmark = [pytest.mark.looptime(False), pytest.mark.timeout(400)]


class Node:
    """`adce run` with a state folder of its own."""

    def __init__(self, warm: Warm, root: Path, name: str, mirror: str, dsn: str, lake: str = "") -> None:
        self.warm, self.name, self.root, self.dsn = warm, name, root, dsn
        self._arguments = [
            "--config-dir", root / "config", "--inventory-dir", root / "inventory", "--mirror", mirror,
            "--state-dir", root / name, "--lake", lake or (root / "lake").as_uri(),
        ]  # fmt: skip
        self.process: Forked | None = None
        self.log = root / f"{name}.log"

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.warm.run(self._words(*words), env=self._environment())

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = self.warm.start(
                PROGRAM, self._words("run"), env=self._environment(), stdout=log.fileno(), stderr=log.fileno()
            )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code, once `number` has ended it."""
        assert self.process is not None
        ending, self.process = self.process, None
        ending.send_signal(number)
        return ending.wait(LIMIT)

    def get(self, path: str) -> Any:
        assert self.process is None or not self.process.has_ended(), self.log.read_text()[-2000:]
        try:
            url = (self.root / self.name / "adce.url").read_text().strip()
            with urllib.request.urlopen(url + path, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except (OSError, ValueError):  # not yet
            return {}

    def _words(self, *words: str) -> list[str]:
        return [*map(str, self._arguments), *words]

    def _environment(self) -> dict[str, str]:
        return {"ADCE_CLUSTER__DSN": self.dsn, "ADCE_CLUSTER__NODE": self.name}


def serve_faster(root: Path) -> None:
    """From now on the sources allow more than is left to do."""
    path = root / "config" / "scraper_config.yaml"
    document = json.loads(path.read_text())
    for source in document["sources"].values():
        source["rate_limit"] = {"requests": 1000, "per": 1.0, "burst_size": 100}
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(document))
    beside.replace(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    speaks = {name: {"requests": 2, "per": 1.0, "burst_size": 2} for name in ("ant", "bee")}
    configure(
        tmp_path, {"ant": ITEMS, "bee": ITEMS}, speaks,
        cluster={"enabled": True, "lease_seconds": LEASE, "dsn": "postgresql://of/each"},
        rate_limiting={"enabled": True, "cooldown_initial_seconds": 1},
    )  # fmt: skip
    return tmp_path


class Bucket:
    """A lake in S3 that keeps each write of each key."""

    def __init__(self, server: S3Server) -> None:
        self._name = server.new_bucket()
        self._address, self.lake = f"{server.url}/{self._name}", f"s3://{self._name}/nba"
        keeps = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        request = urllib.request.Request(f"{self._address}?versioning", keeps, method="PUT")
        with urllib.request.urlopen(request, timeout=10):
            pass

    def writes(self) -> list[str]:
        """The key of each object that was written, as often as it was."""
        with urllib.request.urlopen(f"{self._address}?versions&prefix=nba/", timeout=10) as answer:
            page = ET.fromstring(answer.read())
        keys = (part for version in page if version.tag.endswith("}Version") for part in version)
        return [part.text or "" for part in keys if part.tag.endswith("}Key") and (part.text or "").endswith(".json")]


@pytest.fixture
def bucket(s3_server: S3Server) -> Bucket:
    return Bucket(s3_server)


@pytest.fixture
def nodes(root: Path, warm: Warm, upstream: Any, postgres: PostgresServer, bucket: Bucket) -> Iterator[list[Node]]:
    dsn = postgres.new_database()
    both = [Node(warm, root, name, upstream().url, dsn, bucket.lake) for name in ("one", "two")]
    yield both
    for node in both:
        if node.process is not None:
            node.stop()


def status_of_cluster(node: Node) -> str | None:
    component = node.get("/health").get("components", {}).get("cluster", {})
    return component.get("status") if component else None


def test_mistakes_are_one_clear_line(root: Path, warm: Warm) -> None:
    dsn = "postgresql://127.0.0.1:1/lake?user=me&password=geheim"
    away = Node(warm, root, "one", "http://127.0.0.1:1", dsn).command("run")
    assert away.returncode == 1  # it may come yet: whoever starts services tries again
    (line,) = away.stderr.strip().splitlines()
    assert "PostgreSQL at 127.0.0.1:1/lake" in line
    assert "geheim" not in away.stderr
    alone = Node(warm, root, "one", "http://127.0.0.1:1", "postgresql://127.0.0.1:1/lake").command("execute")
    assert (alone.returncode, "in a cluster let `adce run` do it" in alone.stderr) == (2, True)


def test_two_nodes_share_the_work_and_outlive_the_database_and_each_other(
    root: Path, nodes: list[Node], postgres: PostgresServer, bucket: Bucket
) -> None:
    one, two = nodes
    refused = one.command("run")
    assert (refused.returncode, "adce cluster migrate" in refused.stderr) == (2, True)
    assert one.command("cluster", "migrate").returncode == 0
    one.start()
    two.start()

    def owners() -> set[str]:
        return {seen["owner"] for seen in two.get("/cluster").get("sources", []) if seen["owner"]}

    wait_for(lambda: owners() == {"one", "two"}, "the sources are spread", PAUSE)
    assert one.process is not None
    postgres.stop(signal.SIGQUIT)
    try:
        for node in nodes:
            wait_for(lambda node=node: status_of_cluster(node) == "degraded", "it is said that it is away", PAUSE)
        assert not one.process.has_ended()
        one.stop(signal.SIGKILL)  # whose lease runs out while nobody can see it
    finally:
        postgres.start()
    wait_for(lambda: status_of_cluster(two) == "healthy", "it is said that the database is back", PAUSE)
    wait_for(lambda: owners() == {"two"}, "the other one takes over", PAUSE)
    assert len(set(bucket.writes())) < 2 * ITEMS  # or nothing would be left to be completed
    serve_faster(root)
    wait_for(lambda: len(set(bucket.writes())) == 2 * ITEMS, "it is completed", PAUSE)
    assert two.stop() == 0
    seen = json.loads(two.command("cluster", "status", "--json").stdout)
    assert {source["owner"] for source in seen["sources"]} == {None}
    assert {node["name"]: node["alive"] for node in seen["nodes"]}["one"] is False
    with psycopg.connect(two.dsn) as connection:
        handed = connection.execute("SELECT why FROM adce.handover WHERE owner = 'two'").fetchall()
    assert any(why.startswith("the lease of one ended") for (why,) in handed)
    assert len(bucket.writes()) == 2 * ITEMS  # no object was written twice, whoever did it
