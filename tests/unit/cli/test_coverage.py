"""coverage: HAVE against SHOULD, as a table and as JSON."""

from __future__ import annotations

from tests.unit.cli.conftest import Desk


def test_what_is_stored_is_counted_and_nothing_is_left_behind(desk: Desk) -> None:
    desk.put(1)
    desk.put(2)
    found = desk.json("coverage")
    assert found["rows"] == [
        found["totals"] | {"source": "ant", "data_type": "items", "season": None, "required": True}
    ]
    counts = {name: found["totals"][name] for name in ("expected", "stored", "missing", "verified")}
    assert counts == {"expected": 3, "stored": 2, "missing": 1, "verified": 0}
    assert found["problems"] == []
    assert not (desk.inventory / "adce.db").exists()


def test_the_table_ends_with_the_totals(desk: Desk) -> None:
    desk.put(1)
    out, err = desk.adce("coverage")
    assert out.splitlines()[-1].startswith("total: 3 expected, 1 stored, 2 missing")
    assert err.count("refused") == 0
