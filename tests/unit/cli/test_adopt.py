"""adopt: what it says and what it leaves."""

from __future__ import annotations

import os

from tests.unit.cli.conftest import Desk


def filled(desk: Desk) -> None:
    desk.put(1)
    desk.put(2)
    (desk.lake / "old").mkdir()
    (desk.lake / "old" / "a.txt").write_text("hello")
    (desk.lake / os.fsdecode(b"Don\xe8i\xe6.json")).write_text("{}")


def test_a_dry_run_says_what_is_there_and_leaves_nothing_behind(desk: Desk) -> None:
    filled(desk)
    found = desk.json("adopt", "--dry-run")
    assert found["adopted_at"] is None
    counts = {"objects": 3, "known": 0, "expected": 3, "there": 2, "missing": 1, "stale": 0, "small": 0}
    assert found.items() >= counts.items()
    assert found["not_of_the_inventory"] == [{"prefix": "old/", "objects": 1, "bytes": 5}]
    assert (found["unusable_names"], found["copied"]["objects"]) == (1, 3)
    assert not (desk.inventory / "adce.db").exists()
    assert not (desk.lake / ".adce").exists()


def test_it_is_adopted_without_a_gap_a_task_or_a_report(desk: Desk) -> None:
    filled(desk)
    out, _ = desk.adce("adopt", "--verify-budget-requests", "7", "--verify-budget-bytes", "1000")
    assert "not of the inventory" in out
    assert "3 objects (" in out
    assert "1 names can't be keys" in out
    assert out.splitlines()[-1].startswith("adopted: ")
    assert "7 requests and 1 kB an hour" in out.splitlines()[-1]
    assert not (desk.inventory / "gaps.json").exists()
    assert desk.json("adopt", "--dry-run")["objects"] == 3
    assert desk.json("adopt")["adopted_at"] is not None


def test_an_empty_lake_is_nothing_to_adopt(desk: Desk) -> None:
    out, _ = desk.adce("adopt")
    assert out == "the lake is empty: there is nothing to adopt\n"


def test_budgets_are_whole_numbers(desk: Desk) -> None:
    _, err = desk.adce("adopt", "--verify-budget-requests", "-1", expect=2)
    assert "--verify-budget-requests" in err
