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


def test_what_has_changed_since_the_passes_before_is_told(desk: Desk) -> None:
    desk.put(1)
    desk.adce("reconcile", expect=3)
    desk.put(2)
    found = desk.json("coverage")
    assert found["totals"]["trend"].items() >= {"expected": 0, "stored": 1, "gaps": -1}.items()
    assert found["rows"][0]["trend"] == found["totals"]["trend"]
    out, _ = desk.adce("coverage")
    assert out.splitlines()[0].endswith("change")
    assert "+1 stored" in out.splitlines()[1]
    assert out.splitlines()[-1].endswith(": +0 expected, +1 stored, -1 gaps")


def test_a_seed_alone_is_refused(desk: Desk) -> None:
    assert "--seed has no effect without --sample" in desk.adce("coverage", "--seed", "3", expect=2)[1]
