"""One look at what is going on."""

from __future__ import annotations

import pytest
from tests.unit.cli.conftest import Desk
from tests.unit.cli.served import COVERAGE, STATUS, served

from adce_async.cli import live
from adce_async.cli.common import load_all
from adce_async.cli.options import Globals


def look(desk: Desk) -> live.Live:
    return live.look(
        load_all(Globals(desk.folder / "config", desk.inventory, None, desk.lake.as_uri(), None, None, None))
    )


def test_the_report_of_the_last_pass_stands_in_where_nobody_answers(desk: Desk) -> None:
    assert (look(desk).runs, look(desk).gaps) == (False, None)
    desk.adce("reconcile", expect=3)
    assert look(desk).gaps == 3
    with served(desk, {"/status": STATUS, "/coverage": COVERAGE}):
        assert (look(desk).runs, look(desk).gaps) == (True, 2)


def test_more_tasks_than_can_be_played_through_are_counted_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.adce("reconcile", expect=3)
    assert look(desk).eta_seconds is not None
    monkeypatch.setattr(live, "MOST_PLAYED", 2)
    seen = look(desk)
    assert (seen.forecast, seen.eta_seconds, seen.counts.queued) == (None, None, 3)
    assert "not foreseen for 3 tasks; see `adce plan`" in desk.adce("status", expect=1)[0]
    assert desk.adce("tasks")[0].startswith("0 running, 3 waiting; they are too many")
    assert "it waits for: nothing runs; too many" in " ".join(desk.adce("explain", "ant/2.json")[0].split())


def test_of_too_many_tasks_the_service_tells_the_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.adce("reconcile", expect=3)
    monkeypatch.setattr(live, "MOST_PLAYED", 2)
    why = "maintenance until 2026-11-28T13:00:00Z"
    row = {"key": "ant/2.json", "state": "queued", "source": "ant", "score": 12.0, "waits_for": why}
    runs = {"key": "ant/1.json", "state": "running", "source": "ant", "score": 13.0, "waits_for": None}
    documents = {
        "/status": STATUS | {"paused_sources": {"ant": why}}, "/coverage": COVERAGE, "/rate-limits": {},
        "/tasks?limit=20": {"tasks": [runs, row]}, "/tasks?limit=1&key=ant/2.json": {"tasks": [row]},
    }  # fmt: skip
    with served(desk, documents):
        lines = desk.adce("tasks")[0].splitlines()
        assert [line.split()[:2] for line in lines[1:3]] == [["running", "ant/1.json"], ["queued", "ant/2.json"]]
        assert lines[2].endswith(why)
        assert lines[3].startswith("1 running, 3 waiting; they are too many")
        assert f"it waits for: {why}; too many" in " ".join(desk.adce("explain", "ant/2.json")[0].split())
        assert f"ant is held: {why}" in " ".join(desk.adce("status")[0].split())


def test_before_the_first_pass_nothing_is_known_of_the_lake(desk: Desk) -> None:
    nothing = {"at": None, "stored_since": 0, "rows": [], "totals": dict.fromkeys(COVERAGE["totals"], 0)}
    with served(desk, {"/status": STATUS, "/coverage": nothing}):
        assert look(desk).gaps is None
        assert "not known: no pass has been done yet" in desk.adce("status")[0]


def test_a_broken_report_is_none(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    (desk.inventory / "coverage.json").write_text("{")
    assert look(desk).coverage is None
