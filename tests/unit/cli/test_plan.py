"""plan: what would be fetched, in which order, and why."""

from __future__ import annotations

from tests.unit.cli.conftest import INVENTORY, Desk


def test_tasks_come_with_their_scores_and_times(desk: Desk) -> None:
    desk.put(2)
    found = desk.json("plan")
    assert sorted(task["key"] for task in found["tasks"]) == ["ant/1.json", "ant/3.json"]
    scores = [task["score"] for task in found["tasks"]]
    assert scores == sorted(scores, reverse=True)
    assert found["tasks"][0]["factors"]["base"] > 0
    assert found["eta_seconds"] == max(task["eta"] for task in found["tasks"])
    assert found["verdict"].startswith("2 tasks in 2 requests, done in ")


def test_the_first_tasks_are_listed_and_the_rest_counted(desk: Desk) -> None:
    out, _ = desk.adce("plan", "--limit", "1")
    assert out.startswith("3 tasks in 3 requests")
    assert out.splitlines()[-1] == "... and 2 more (--limit, --json)"
    assert sum("ant/" in line for line in out.splitlines()) == 1


def test_a_complete_lake_leaves_nothing_to_do(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.put(number)
    assert desk.json("plan")["tasks"] == []
    assert desk.adce("plan")[0] == "nothing to do: complete, 3 of 3 objects are there\n"


def test_it_says_what_it_cannot_foresee(desk: Desk) -> None:
    days = {
        "scraper": "espn_scoreboard", "path_pattern": "days/{date}.json", "dimensions": {"date": ["2024-12-15"]}
    }  # fmt: skip
    boxes = {
        "scraper": "espn_summary",
        "path_pattern": "boxes/{game_id}.json",
        "dimensions": {"game_id": {"from": "schedule", "where": "final"}},
    }
    espn = {"seasons": ["2024-25"], "data_types": {"schedule": days, "box_score": boxes}}
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": {**INVENTORY["expected_coverage"], "espn": espn}})
    (ahead,) = desk.json("plan")["unforeseen"]
    assert (ahead["listed_by"], ahead["data_types"]) == ("espn.schedule", ["espn.box_score"])
    assert "not in it yet:" in desk.adce("plan")[0]
