"""coverage --sample: says that it is an estimate, writes nothing."""

from __future__ import annotations

from tests.unit.cli.conftest import INVENTORY, Desk

MANY = 1500


def many(desk: Desk) -> None:
    types = {**INVENTORY["expected_coverage"]["ant"]["data_types"]["items"]}
    types["dimensions"] = {"id": f"1-{MANY}"}
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": {"ant": {"data_types": {"items": types}}}})


def test_an_estimate_says_that_it_is_one_and_leaves_nothing_behind(desk: Desk) -> None:
    many(desk)
    for number in range(1, 901):
        desk.put(number)
    before = sorted(path.name for path in desk.folder.rglob("*") if "lake" not in path.parts)
    found = desk.json("coverage", "--sample", "0.2", "--seed", "7")
    assert (found["sample"], found["seed"], found["exact"], found["keys_asked"]) == (0.2, 7, False, 300)
    assert found["rows"][0].keys().isdisjoint({"stored", "missing", "completeness_pct"})
    told = found["totals"]["estimate"]
    assert told["stored"]["low"] <= 900 <= told["stored"]["high"]
    assert desk.json("coverage", "--sample", "0.2", "--seed", "7") == found
    out, _ = desk.adce("coverage", "--sample", "0.2", "--seed", "7")
    assert out.splitlines()[-1].startswith("an estimate from 300 of 1500 expected objects (seed 7, confidence 95 %): ")
    assert sorted(path.name for path in desk.folder.rglob("*") if "lake" not in path.parts) == before


def test_few_are_counted_and_that_is_said(desk: Desk) -> None:
    desk.put(1)
    out, _ = desk.adce("coverage", "--sample", "0.1")
    assert out.splitlines()[-1] == (
        "counted, not estimated: all 3 expected objects were looked at: 33.33 % complete, 2 gaps"
    )


def test_a_share_is_more_than_nothing_and_no_more_than_all(desk: Desk) -> None:
    for share in ("0", "1.5", "many"):
        _, err = desk.adce("coverage", "--sample", share, expect=2)
        assert "--sample" in err
