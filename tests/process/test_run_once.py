from __future__ import annotations

import json

from tests.process.conftest import Desk


def rows(desk: Desk) -> dict[tuple[str, str], dict[str, object]]:
    document = json.loads(desk.run("coverage", "--json", expect=0).stdout)
    return {(row["source"], row["data_type"]): row for row in document["rows"]}


def test_an_empty_lake_is_filled_and_left_alone_afterwards(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(30)
    desk.run("run", "--once", expect=0)
    assert desk.stored() == {f"ant/{n}.json" for n in range(1, 31)}
    asked = server.requests()
    assert asked <= 31  # 30 items and robots.txt
    desk.run("run", "--once", expect=0)
    assert server.requests() == asked
    row = rows(desk)["ant", "items"]
    assert (row["expected"], row["stored"], row["verified"], row["completeness_pct"]) == (30, 30, 30, 100.0)


def test_what_is_not_there_is_parked_and_named(desk: Desk, upstream) -> None:
    server = upstream("--fault", "status_404:match=/items/7.json,times=99")
    desk.mirror = server.url
    desk.ants(10)
    done = desk.run("run", "--once", expect=3)
    assert "ant/7.json" in done.stderr
    assert "ant/7.json" not in desk.stored()
    (parked,) = json.loads(desk.run("parked", "--json", expect=0).stdout)["parked"]
    assert (parked["key"], parked["last_status"], parked["source"]) == ("ant/7.json", 404, "ant")


def test_deleted_objects_come_back_and_only_they(desk: Desk, upstream) -> None:
    server = upstream()
    desk.mirror = server.url
    desk.ants(12)
    desk.run("run", "--once", expect=0)
    before = server.requests()
    for number in (3, 9):
        (desk.lake / f"ant/{number}.json").unlink()
    report = json.loads(desk.run("reconcile", "--json", expect=3).stdout)
    assert (report["gaps"], report["expected"]) == (2, 12)
    gaps = json.loads((desk.inventory / "gaps.json").read_text())
    assert [entry["keys"] for entry in gaps["tasks"]] == [["ant/3.json", "ant/9.json"]]
    desk.run("execute", expect=0)
    assert len(desk.stored()) == 12
    assert server.requests() - before <= 3


def test_plan_explains_and_fetches_nothing(desk: Desk) -> None:
    desk.ants(5, requests=1, per="10seconds")
    plan = json.loads(desk.run("plan", "--json", expect=0).stdout)
    assert len(plan["tasks"]) == 5
    assert plan["bound_by"] == "ant"
    assert 50 <= plan["eta_seconds"] < 51  # robots.txt goes first
    assert {"base", "age_hours", "source", "size", "success"} <= set(plan["tasks"][0]["factors"])
    assert not desk.lake.exists() or desk.stored() == set()


def test_no_network_leaves_gaps_and_loses_nothing(desk: Desk) -> None:
    desk.ants(3)
    done = desk.run("run", "--once", "--max-wait", "0.5", expect=3)
    assert "3 gaps left" in done.stderr
    assert json.loads(desk.run("parked", "--json").stdout)["parked"] == []
