"""`adce scrape` counts in the limits of the service: what was sent before, what it was told, and who else is there."""

from __future__ import annotations

import json
import signal
import time

from tests.process.conftest import Desk, end, wait_for_line


def test_what_was_sent_before_counts_and_the_wait_is_told(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(3, requests=2, per="1seconds", burst_size=2)
    began = time.monotonic()
    for number in (1, 2, 3):
        desk.run("scrape", "ant_items", f"id={number}", "--save", expect=0)
    assert time.monotonic() - began > 1.0  # robots.txt and three items: no third request in less than the window
    assert server.requests() == 4
    assert desk.stored() == {"ant/1.json", "ant/2.json", "ant/3.json"}
    desk.ants(4, requests=4, per="600seconds", burst_size=4)
    with desk.started("scrape", "ant_items", "id=4") as process:
        told = wait_for_line(process, "")
        assert told.startswith("ant: waiting ")
        assert told.endswith(" s for the limit of 4 in 600 s\n")
        assert end(process, signal.SIGINT) == 130
    assert server.requests() == 4


def test_it_counts_for_the_service_too(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(5, requests=2, per="600seconds", burst_size=2)
    desk.run("scrape", "ant_items", "id=1", "--save", expect=0)
    assert server.requests() == 2
    done = desk.run("run", "--once", "--max-wait", "1", expect=3)
    assert "4 gaps left" in done.stderr
    assert server.requests() == 2


def test_a_cool_down_outlives_it(desk: Desk, upstream) -> None:
    server = upstream("--fault", "status_429:match=/items/,times=99,seconds=600")
    desk.mirror = server.url
    desk.ants(2)
    assert "BlockedError: HTTP 429" in desk.run("scrape", "ant_items", "id=1", expect=1).stdout
    asked = server.requests()
    with desk.started("scrape", "ant_items", "id=2") as process:
        line = wait_for_line(process, "waiting")
        assert line.startswith("ant: waiting ")
        assert line.endswith("s for the cool-down: HTTP 429 from ant.test\n")
        assert end(process, signal.SIGINT) == 130
    assert server.requests() == asked


def test_a_block_page_cools_as_well(desk: Desk, upstream) -> None:
    server = upstream("--fault", "block_page_200:match=/items/,times=99")
    desk.mirror = server.url
    desk.ants(2)
    refused = desk.run("scrape", "ant_items", "id=1", expect=1)
    assert "BlockedError" in refused.stdout
    asked = server.requests()
    with desk.started("scrape", "ant_items", "id=2") as process:
        assert "cool-down" in wait_for_line(process, "waiting")
        assert end(process, signal.SIGINT) == 130
    assert server.requests() == asked


def test_beside_the_service_it_says_what_to_do_instead(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(2)
    with desk.started("run") as process:
        wait_for_line(process, "ant/2.json")
        before = server.requests()
        for more in ([], ["--save"]):
            refused = desk.run("scrape", "ant_items", "id=1", *more, expect=2)
            (line,) = refused.stderr.strip().splitlines()
            assert f"another instance (pid {process.pid}, since " in line
            file = desk.inventory / "gaps.json"
            assert line.endswith(f'put ant/1.json into {file} with "force": true, or stop it')
        assert server.requests() == before
        asked = {"priority": "CRITICAL", "source": "ant", "data_type": "items", "keys": ["ant/1.json"], "force": True}
        desk.write("inventory/gaps.json", {"tasks": [asked]})
        wait_for_line(process, "ant/1.json")
        assert server.requests() == before + 1
        assert end(process) == 0


def test_a_try_needs_no_lake_and_no_folders(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(1)
    done = desk.run("--state-dir", str(desk.folder / "new" / "state"), "scrape", "ant_items", "id=1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ant/1.json: accepted; not stored" in done.stdout
    assert not desk.lake.exists()
    assert (desk.folder / "new" / "state" / "adce.grants").exists()


def test_a_state_folder_that_cannot_be_written_is_named(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(1)
    desk.write("occupied", "a file")
    done = desk.run("--state-dir", str(desk.folder / "occupied" / "s"), "scrape", "ant_items", "id=1")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"{desk.folder / 'occupied' / 's'}: ")
    assert server.requests() == 0


def test_damage_is_said_and_the_windows_are_not_forgotten(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(9, requests=5, per="600seconds", burst_size=5)
    desk.run("run", "--once", "--max-wait", "1", expect=3)
    assert server.requests() == 5
    for name in ("adce.db-wal", "adce.db-shm"):
        (desk.inventory / name).unlink(missing_ok=True)
    (desk.inventory / "adce.grants").write_bytes(b"\0" * 5000)
    done = desk.run("run", "--once", "--max-wait", "1", expect=3)
    (said,) = (line for line in done.stderr.splitlines() if "adce.grants was damaged" in line)
    assert said.startswith("warning: journal of requests: ")
    assert "set aside as adce.grants.broken" in said
    assert "history of attempts" in said
    assert server.requests() == 5


def test_a_damaged_database_is_said_by_all_who_run(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(2)
    for command in (("run", "--once"), ("execute",), ("reconcile",), ("scrape", "ant_items", "id=1")):
        for name in ("adce.db-wal", "adce.db-shm"):
            (desk.inventory / name).unlink(missing_ok=True)
        (desk.inventory / "adce.db").write_bytes(b"garbage " * 5000)
        done = desk.run(*command, expect=0)
        (said,) = [line for line in done.stderr.splitlines() if "damaged" in line]
        assert said.startswith(f"warning: state: {desk.inventory / 'adce.db'} was damaged (")
        assert "set aside as adce.db.broken-" in said


def test_in_the_service_damage_is_one_warning_and_one_recovery(desk: Desk, upstream) -> None:
    desk.mirror = upstream("--fault", "status_429:match=/items/,times=1,seconds=2").url
    desk.write("config/autonomous_config.yaml", {"health_check": {"port": 0, "check_interval_seconds": 0.2}})
    desk.ants(3)
    (desk.inventory / "adce.grants").write_bytes(b"?" * 5000)
    with desk.started("--log-format", "json", "run") as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(json.loads(line))
            if lines[-1]["event"] == "recovered" and lines[-1]["component"] == "source ant":
                break
        assert end(process) == 0
    for component in ("journal of requests", "source ant"):
        told = [line["event"] for line in lines if component in json.dumps(line) and "waiting" not in line["event"]]
        assert told == ["trouble", "recovered"]
