from __future__ import annotations

import json
import re
import signal
import socket
import time
import urllib.error
import urllib.request

import pytest
from tests.process.conftest import Desk, end, wait_for, wait_for_line, wait_until_complete

PROMPT = 20.0
"""Seconds: well below the 30 s of grace, and within reach of a machine that others use, too."""


def get(url: str, path: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url + path, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def url_of(line: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found[0]


def test_idle_is_healthy_and_sigterm_ends_it_at_once(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(3)
    with desk.started("run") as process:
        url = url_of(wait_for_line(process, "serving"))
        wait_until_complete(process)
        wait_for(lambda: not get(url, "/coverage")[1]["totals"]["missing"], "it is said to be complete", pause=0.15)  # type: ignore[index,call-overload]
        get(url, "/status")
        status, health = get(url, "/health")
        assert (status, health["status"]) == (200, "healthy")
        assert {"reconciler", "queue_watcher", "pool"} <= set(health["components"])  # type: ignore[arg-type]
        assert get(url, "/health/live")[0] == 200
        assert get(url, "/health/ready")[0] == 200
        limits = get(url, "/rate-limits")[1]
        assert set(limits["ant"]) >= {
            "tokens",
            "rate",
            "capacity",
            "utilization",
            "waiting",
            "cooling_until",
            "breaker",
            "windows",
            "requests_total",
            "throttled_total",
        }  # type: ignore[call-overload]
        assert "_global" in limits
        began = time.monotonic()
        assert end(process) == 0
        assert time.monotonic() - began < PROMPT  # how long it takes is measured in benchmarks


def test_busy_finishes_what_runs_and_starts_nothing(desk: Desk, upstream) -> None:
    server = upstream("--latency", "0.4")
    desk.mirror = server.url
    desk.ants(200)
    with desk.started("run") as process:
        wait_for_line(process, "stored")
        assert end(process) == 0
        stored = desk.stored()
        assert 1 <= len(stored) < 200
        asked = server.requests()
        assert asked <= len(stored) + 1  # each request that was sent was stored; and robots.txt


def test_tasks_that_come_back_one_by_one_are_no_reason_for_a_pass_each(desk: Desk, upstream) -> None:
    desk.mirror = upstream("--fault", "status_500:match=/items/,every=2,times=10").url
    desk.write("config/autonomous_config.yaml", {"retry_delay_seconds": 3, "health_check": {"port": 0}})
    desk.ants(24)
    passes = 0
    with desk.started("run") as process:
        while "gaps=0" not in wait_for_line(process, "pass done"):
            passes += 1
        assert end(process) == 0
    assert passes <= 2  # the first one, and one should the last retry be long in coming
    assert len(desk.stored()) == 24


def test_killed_in_the_middle_it_goes_on_and_repeats_nothing(desk: Desk, upstream) -> None:
    server = upstream("--latency", "0.02")
    desk.mirror = server.url
    desk.ants(150, requests_per_second=20, burst_size=3)  # not to be done before it is killed
    for _ in range(3):
        with desk.started("run") as process:
            wait_for_line(process, "stored")
            wait_for_line(process, "stored")
            process.kill()
            process.communicate()
        assert not [key for key in desk.stored() if "tmp" in key]
        for key in desk.stored():
            assert json.loads((desk.lake / key).read_text())["rows"]
    before, stored = server.requests(), len(desk.stored())
    desk.ants(150)
    desk.run("run", "--once", expect=0)
    assert len(desk.stored()) == 150
    assert server.requests() - before <= 150 - stored + 1


def test_a_second_instance_and_a_used_port_are_refused(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(1)
    with desk.started("run") as process:
        wait_for_line(process, "pass done")
        done = desk.run("run", "--once", expect=2)
        assert "another instance" in done.stderr
        assert str(process.pid) in done.stderr
        assert end(process, signal.SIGINT) == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = desk.run("run", env={"ADCE_HEALTH_CHECK__PORT": str(port)}, expect=2)
        assert str(port) in done.stderr
        assert len(done.stderr.strip().splitlines()) <= 3


def test_a_dropped_gaps_file_starts_within_a_second(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(4)
    with desk.started("run") as process:
        wait_until_complete(process)
        before = server.requests()
        desk.write(
            "inventory/gaps.json",
            {
                "tasks": [
                    {
                        "id": "x",
                        "priority": "critical",
                        "source": "ANT",
                        "data_type": "items",
                        "keys": ["ant/2.json"],
                        "force": True,
                    },
                    {"id": "y", "priority": "low", "source": "ant", "data_type": "items", "keys": ["ant/3.json"]},
                ]
            },
        )
        wait_for_line(process, "ant/2.json")
        assert server.requests() == before + 1  # what is stored and fresh is not fetched again without force
        desk.write("inventory/gaps.json", '{"tasks": [,]}')
        line = wait_for_line(process, "gaps.json is broken")
        assert "gaps.json:1" in line
        assert list(desk.inventory.glob("gaps.json.broken-*"))
        assert end(process) == 0


@pytest.mark.parametrize("what", ["lake", "inventory"])
def test_folders_that_are_not_there_are_made(desk: Desk, upstream, what: str) -> None:
    desk.mirror = upstream().url
    desk.ants(2)
    if what == "inventory":
        (desk.inventory / "data_inventory.yaml").unlink()
        desk.inventory.rmdir()
        done = desk.run("run", "--once", expect=0)
        assert "nothing is declared" in done.stderr
    else:
        desk.run("run", "--once", expect=0)
        assert len(desk.stored()) == 2


def test_a_second_signal_ends_it_without_grace(desk: Desk, upstream) -> None:
    server = upstream("--fault", "hang:match=/items/,every=1,times=99,seconds=40")
    desk.mirror = server.url
    desk.ants(5)
    with desk.started("run") as process:
        wait_for_line(process, "pass done")
        wait_for(lambda: server.requests() >= 2, "a request hangs")
        process.send_signal(signal.SIGTERM)
        wait_for_line(process, "draining")
        began = time.monotonic()
        assert end(process) == 0
        assert time.monotonic() - began < PROMPT
    counts = json.loads(desk.run("plan", "--json", expect=0).stdout)
    assert len(counts["tasks"]) == 5  # given back, none lost


def test_ctrl_c_in_a_single_run_leaves_gaps_and_says_so(desk: Desk, upstream) -> None:
    desk.mirror = upstream("--latency", "0.3").url
    desk.ants(150)  # not to be done before it is told
    with desk.started("run", "--once") as process:
        wait_for_line(process, "stored")
        assert end(process, signal.SIGINT) == 3
    desk.mirror = upstream().url
    desk.run("run", "--once", expect=0)
    assert len(desk.stored()) == 150


def test_no_network_is_degraded_not_dead(desk: Desk) -> None:
    desk.write(
        "config/autonomous_config.yaml",
        {
            "retry_delay_seconds": 0.1,
            "retry_max_delay_seconds": 0.2,
            "health_check": {"port": 0, "check_interval_seconds": 0.2},
        },
    )
    desk.ants(3)
    with desk.started("run") as process:
        url = url_of(wait_for_line(process, "serving"))
        wait_for_line(process, "trouble")
        status, health = get(url, "/health")
        assert (status, health["status"]) == (200, "degraded")
        detail = health["components"]["robots.txt of ant.test"]["detail"]  # type: ignore[index,call-overload]
        assert "no connection to ant.test" in detail
        assert end(process) == 0
    assert json.loads(desk.run("parked", "--json").stdout)["parked"] == []


def test_a_damaged_database_is_set_aside_and_the_next_pass_rebuilds_it(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(8)
    desk.run("run", "--once", expect=0)
    asked = server.requests()
    (desk.lake / "ant/3.json").unlink()
    for name in ("adce.db-wal", "adce.db-shm"):
        (desk.inventory / name).unlink(missing_ok=True)
    (desk.inventory / "adce.db").write_bytes(b"garbage " * 5000)
    desk.run("run", "--once", expect=0)
    assert len(desk.stored()) == 8
    assert server.requests() - asked <= 2
    assert list(desk.inventory.glob("adce.db.broken-*"))
