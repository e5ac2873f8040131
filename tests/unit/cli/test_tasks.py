"""What runs, what comes next, and what each waits for."""

from __future__ import annotations

import pytest
from tests.unit.cli.conftest import Desk
from tests.unit.cli.served import COVERAGE, STATUS, served


def test_without_a_service_tasks_are_those_of_the_queue(desk: Desk) -> None:
    assert desk.adce("tasks")[0] == "0 running, 0 waiting; nothing runs\n"
    desk.adce("reconcile", expect=3)
    document = desk.json("tasks")
    assert (document["runs"], document["running"], document["queued"]) == (False, 0, 3)
    assert [row["key"] for row in document["tasks"]] == ["ant/1.json", "ant/2.json", "ant/3.json"]
    row = document["tasks"][0]
    assert (row["source"], row["scraper"], row["state"], row["waits_for"]) == (
        "ant",
        "ant_items",
        "queued",
        "nothing runs",
    )
    assert row["score"] > 0
    assert row["factors"]
    out, _ = desk.adce("tasks", "--limit", "2")
    assert out.splitlines()[-1] == "0 running, 3 waiting, 1 more than shown (--limit, --json); nothing runs"


def why(desk: Desk, limits: object = None, **status: object) -> list[str]:
    with served(desk, {"/status": STATUS | status, "/coverage": COVERAGE, "/rate-limits": limits or {}}):
        document = desk.json("tasks")
    assert [row["key"] for row in document["tasks"] if row["state"] == "running"] == ["ant/1.json"]
    return [row["waits_for"] for row in document["tasks"] if row["state"] == "queued"]


def test_each_says_what_it_waits_for(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    assert set(why(desk)) <= {"its turn", "its turn, within the limits of ant"}
    assert why(desk, {"ant": {"cooling_until": "2026-11-28T13:00:00Z"}})[0] == "ant cools until 2026-11-28T13:00:00Z"
    assert why(desk, {"ant": {"breaker": "open"}})[0] == "ant does not answer (breaker open)"
    assert why(desk, paused_sources={"ant": "maintenance"})[0] == "ant is held: maintenance"
    assert why(desk, {"ant": {"breaker": "open"}}, paused_because="dry_run is on")[0] == "paused: dry_run is on"


def test_what_the_service_says_of_a_task_is_taken(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    told = {"tasks": [{"key": "ant/2.json", "waits_for": "its next request goes in 3 s"}]}
    with served(desk, {"/status": STATUS, "/coverage": COVERAGE, "/rate-limits": {}, "/tasks?limit=20": told}):
        rows = {row["key"]: row for row in desk.json("tasks")["tasks"] if row["state"] != "running"}
    assert rows["ant/2.json"]["waits_for"] == "its next request goes in 3 s"
    assert rows["ant/3.json"]["waits_for"].startswith("its turn")


def test_the_table_begins_with_what_runs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.adce("reconcile", expect=3)
    with served(desk, {"/status": STATUS, "/coverage": COVERAGE, "/rate-limits": {}}):
        lines = desk.adce("tasks")[0].splitlines()
    assert lines[0].split()[:3] == ["state", "key", "source"]
    assert lines[1].split()[:3] == ["running", "ant/1.json", "ant"]
    assert lines[2].split()[0] == "queued"
    assert lines[-1] == "1 running, 3 waiting"


def test_a_queue_that_cannot_be_read_is_a_failure(desk: Desk) -> None:
    (desk.inventory / "adce.db").write_bytes(b"no database" * 100)
    out, err = desk.adce("tasks", expect=1)
    assert out == ""
    assert err.startswith("adce: ")
