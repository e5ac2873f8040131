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
    assert "3 tasks wait; they are too many" in desk.adce("tasks")[0]


def test_a_broken_report_is_none(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    (desk.inventory / "coverage.json").write_text("{")
    assert look(desk).coverage is None
