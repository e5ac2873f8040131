"""A lake in S3 as users meet it: every command, a second instance, kill -9, no network, and nothing secret anywhere."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.process.conftest import LIMIT, Desk, end, wait_for_line
from tests.process.warm import Speaking, Warm
from tests.s3_server import S3Server


class S3Desk(Desk):
    """A desk whose lake is in a fresh bucket."""

    def __init__(self, folder: Path, warm: Warm, server: S3Server) -> None:
        super().__init__(folder, warm)
        self.server = server
        self.bucket = server.new_bucket()
        self.url = f"s3://{self.bucket}/nba"

    def words(self, arguments: Sequence[str]) -> list[str]:
        words = super().words(arguments)
        words[words.index("--lake") + 1] = self.url
        return words

    def names(self, what: str = "list-type=2") -> set[str]:
        """All names in the bucket."""
        with urllib.request.urlopen(f"{self.server.url}/{self.bucket}?{what}", timeout=30) as answer:
            page = ET.fromstring(answer.read())
        return {element.text or "" for element in page.iter() if element.tag.endswith("Key")}

    def delete(self, name: str) -> None:
        request = urllib.request.Request(f"{self.server.url}/{self.bucket}/{name}", method="DELETE")
        with urllib.request.urlopen(request, timeout=10):
            pass


@pytest.fixture
def desk(tmp_path: Path, warm: Warm, s3_server: S3Server) -> S3Desk:
    return S3Desk(tmp_path, warm, s3_server)


def rows(desk: Desk) -> dict[str, Any]:
    (row,) = json.loads(desk.run("coverage", "--json", expect=0).stdout)["rows"]
    return dict(row)


def test_every_command_works_on_it_and_nothing_secret_is_written_anywhere(desk: S3Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(12)
    said = [desk.run("plan", "--json", expect=0), desk.run("adopt", "--dry-run")]
    said.append(desk.run("run", "--once", expect=0))
    assert desk.names() == {f"nba/ant/{n}.json" for n in range(1, 13)}
    assert (rows(desk)["stored"], rows(desk)["verified"]) == (12, 12)
    desk.delete("nba/ant/3.json")
    said.append(desk.run("reconcile", "--json", expect=3))
    assert json.loads(said[-1].stdout)["gaps"] == 1
    said.append(desk.run("execute", expect=0))
    asked = server.requests()
    said.append(desk.run("scrape", "ant_items", "id=3", "--save", expect=0))
    assert "unchanged" in said[-1].stdout
    assert server.requests() <= asked + 2  # robots.txt may be asked for anew
    said += [desk.run("verify", "--all", expect=0), desk.run("parked", expect=0), desk.run("config", "show", expect=0)]
    assert "12 verified" in said[-3].stdout
    said.append(desk.run("adopt"))
    said.append(desk.run("run", "--once", "--json", expect=0))
    assert len(desk.names()) == 12

    secret = desk.server.environment["AWS_SECRET_ACCESS_KEY"]
    known = desk.server.environment["AWS_ACCESS_KEY_ID"]
    written = [done.stdout + done.stderr for done in said]
    written += [path.read_bytes().decode("latin-1") for path in desk.folder.rglob("*") if path.is_file()]
    assert len(written) > 15
    for text in written:
        assert secret not in text
        assert known not in text


def test_a_second_instance_is_told_who_works_there(desk: S3Desk, upstream, tmp_path: Path) -> None:
    desk.mirror = upstream().url
    desk.ants(3)
    with desk.started("run") as process:
        wait_for_line(process, "pass done")
        for more in ([], ["--state-dir", str(tmp_path / "other")]):
            done = desk.run(*more, "run", "--once", expect=2)
            assert f"pid {process.pid}" in done.stderr
            assert len(done.stderr.strip().splitlines()) == 1
        assert rows(desk)["stored"] == 3
        assert end(process) == 0
    assert "nba/.adce/lock" not in desk.names()


def test_after_kill_minus_9_the_next_start_waits_for_nobody(desk: S3Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(3)
    with desk.started("run") as process:
        wait_for_line(process, "pass done")
        process.kill()
        process.wait()
    assert "nba/.adce/lock" in desk.names()
    said = desk.run("run", "--once", expect=0).stderr
    assert "the lock of a dead process is taken over" in said
    assert "the lake is locked" not in said  # as who has to wait says
    assert "nba/.adce/lock" not in desk.names()


LARGE = """
import asyncio, sys, threading
from pathlib import Path
from adce_async.adapters.s3 import multipart
from adce_async.model.aws import AwsSettings
from adce_async.adapters.s3.store import S3Store
from adce_async.testing.store_contract import came

read = multipart._read

def held(path, offset, length):
    if offset > 0:
        threading.Event().wait()
    return read(path, offset, length)

multipart._read = held  # the first part is all that is ever sent

async def main(url, folder):
    async with S3Store(url, AwsSettings(), Path(folder)) as store:
        path = store.scratch()
        with path.open("wb") as file:
            file.truncate(40 * 1024 * 1024)
        print("putting", flush=True)
        await store.put_file("hoopr/large.bin", path, came())
        print("put", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""

OPENING = """
import asyncio, sys
from pathlib import Path
from adce_async.model.aws import AwsSettings
from adce_async.adapters.s3.store import S3Store

async def main(url, folder):
    async with S3Store(url, AwsSettings(), Path(folder)) as store:
        client = await store.aws.s3()
        while (await client.list_multipart_uploads(Bucket=url.split("/")[2])).get("Uploads"):
            await asyncio.sleep(0.05)
        assert [batch async for batch in store.list()] == []

asyncio.run(main(*sys.argv[1:]))
"""


def test_kill_minus_9_within_a_large_body_leaves_no_object_and_the_next_start_no_part(desk: S3Desk) -> None:
    folder = desk.folder / "state"
    with Speaking(desk.warm, LARGE, desk.url, folder) as process:
        assert process.stdout.readline() == "putting\n"
        until = time.monotonic() + LIMIT
        while "nba/hoopr/large.bin" not in desk.names("uploads"):
            assert not process.has_ended()
            assert time.monotonic() < until
    assert "nba/hoopr/large.bin" not in desk.names()
    assert desk.names("uploads") == {"nba/hoopr/large.bin"}
    opened = desk.warm.run_code(OPENING, desk.url, folder)
    assert opened.returncode == 0, opened.stderr
    assert desk.names("uploads") == set()


def test_what_a_person_must_fix_is_one_line_and_exit_2(desk: S3Desk) -> None:
    desk.ants(3)
    right = desk.url
    for url, environment, said in (
        ("s3://no-such-bucket/nba", {}, "NoSuchBucket"),
        (right, {"AWS_PROFILE": "nobody"}, "s3.profile"),
        (right, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no AWS credentials"),
    ):
        desk.url = url
        for command in (["coverage"], ["run", "--once"]):
            done = desk.run(*command, env=environment, expect=2)
            assert said in done.stderr
            assert len(done.stderr.strip().splitlines()) == 1, done.stderr
            assert [path.name for path in desk.inventory.iterdir()] == ["data_inventory.yaml"]


@contextlib.contextmanager
def nothing_there(desk: S3Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The endpoint is one where nobody listens, and nobody is asked again."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    config = desk.folder / "config" / "reconciliation_config.yaml"
    desk.write("config/reconciliation_config.yaml", {"s3": {"endpoint_url": "http://127.0.0.1:9"}})
    yield
    config.unlink()


def test_no_network_is_no_error_of_the_service_and_exit_3_of_run_once(
    desk: S3Desk, upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.mirror = upstream().url
    desk.ants(3)
    with nothing_there(desk, monkeypatch):
        done = desk.run("run", "--once", expect=3)
        assert "can't be reached at http://127.0.0.1:9" in done.stderr
        assert "can't be reached" in desk.run("coverage", expect=1).stderr


def test_without_a_network_the_service_runs_says_so_and_ends_when_asked(
    desk: S3Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ants(3)
    with nothing_there(desk, monkeypatch):
        with desk.started("run") as process:
            wait_for_line(process, "the lake can't be reached")
            url = wait_for_url(desk)
            health = read_health(url)
            assert health["status"] == "degraded"
            assert "can't be reached" in json.dumps(health)
            assert end(process, signal.SIGINT) == 0


def wait_for_url(desk: Desk) -> str:
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if text := (desk.inventory / "adce.url").read_text().strip():
                return text
        time.sleep(0.05)
    raise AssertionError("the service does not answer")


def read_health(url: str) -> dict[str, Any]:
    """Once it is not well."""
    until = time.monotonic() + LIMIT
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
                health = json.load(answer)
        except urllib.error.HTTPError as error:
            health = json.load(error)
        if health["status"] not in ("healthy", "starting") or time.monotonic() > until:
            return dict(health)
        time.sleep(0.1)


def test_a_lake_in_a_folder_has_nothing_of_aws_in_memory(tmp_path: Path) -> None:
    script = (
        "import sys; from adce_async.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as leave:\n    assert leave.code in (0, None), leave.code\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('aiobotocore', 'botocore', 'obstore', 'pyarrow')])"
    )
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "data_inventory.yaml").write_text("expected_coverage: {}")
    command = [sys.executable, "-c", script, "--lake", "lake", "reconcile"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT, check=False, env=os.environ
    )
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr
