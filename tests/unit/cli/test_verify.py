"""verify: stored objects are held against their scrapers' checks."""

from __future__ import annotations

from tests.unit.cli.conftest import Desk


def test_what_others_stored_is_judged_once(desk: Desk) -> None:
    desk.put(1)
    desk.put(2, {"id": "3", "rows": []})
    found = desk.json("verify", expect=3)
    (row,) = found["rows"]
    assert (row["objects"], row["verified"], row["invalid"], row["judged"]) == (2, 1, 1, 2)
    again = desk.json("verify", expect=3)
    assert (again["rows"][0]["judged"], again["rows"][0]["invalid"]) == (0, 1)
    assert desk.json("verify", "--all", expect=3)["rows"][0]["judged"] == 2


def test_people_are_told_which_and_why(desk: Desk) -> None:
    desk.put(2, {"id": "3", "rows": [1]})
    out, _ = desk.adce("verify", expect=3)
    assert "ant/2.json" in out
    assert "id" in out
    assert out.splitlines()[-1] == "1 objects: 0 verified, 1 invalid; 1 newly judged; 0 findings"


def test_an_empty_lake_is_fine_and_leaves_nothing_behind(desk: Desk) -> None:
    assert desk.json("verify")["rows"][0]["objects"] == 0
    assert not (desk.inventory / "adce.db").exists()


def test_only_sources_of_which_something_is_declared_can_be_named(desk: Desk) -> None:
    _, err = desk.adce("verify", "--source", "bee", expect=2)
    assert err == "--source: nothing is declared of 'bee'; known: ant\n"
    desk.adce("verify", "--source", "ANT")
