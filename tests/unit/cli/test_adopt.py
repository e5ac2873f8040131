"""adopt: what it says and what it leaves."""

from __future__ import annotations

import asyncio
import json
import os
import shutil

from tests.unit.cli.conftest import Desk

from adce_async.adapters.store_local import LocalStore
from adce_async.ports import Provenance


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


def test_a_copy_without_its_index_is_recognised_by_the_old_one(desk: Desk) -> None:
    """Size and checksum tell that it is what we have stored, whatever time the copy has."""

    async def fill() -> None:
        async with LocalStore(desk.folder / "old") as store:
            for number in (1, 2):
                body = json.dumps({"id": str(number), "rows": [1]}).encode()
                await store.put(f"ant/{number}.json", body, Provenance("https://ant.test/", 500.0, "ant_items", "1"))

    asyncio.run(fill())
    shutil.copytree(desk.folder / "old" / "ant", desk.lake / "ant", copy_function=shutil.copyfile)
    desk.put(2, {"id": "2", "rows": [9]})
    index = str(desk.folder / "old" / ".adce" / "objects.db")
    for words in (("--dry-run",), ()):
        found = desk.json("adopt", "--index", index, *words)
        assert (found["known"], found["recognised"], found["copied"]["objects"]) == (1, 1, 1)
    assert desk.json("coverage")["totals"]["verified"] == 1
    _, err = desk.adce("adopt", "--index", str(desk.folder / "nothing.db"), expect=2)
    assert "there is no such file" in err
