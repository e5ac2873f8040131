"""Figures that become troubles, and are none any more only well below."""

from __future__ import annotations

from dataclasses import replace

from adce_async.engine.conditions import Conditions, Figures, Thresholds
from adce_async.engine.events import PassDone, TaskSettled
from adce_async.model.cycle import CycleMetrics
from adce_async.model.task import Outcome, Verdict
from adce_async.testing import example_tasks

QUIET = Figures(0.0, 0, "", None, {})


class Desk:
    def __init__(self) -> None:
        self.now = 1e9
        self.told: dict[str, str] = {}
        self.conditions = Conditions(Thresholds(), lambda: self.now, lambda name, text: self.told.update({name: text}))

    def settled(self, verdict: Verdict, count: int) -> None:
        task = example_tasks.task("a")
        self.conditions.handle([TaskSettled(task, Outcome("a", verdict), 1.0, 1)] * count)

    def look(self, **changes: object) -> set[str]:
        """Which are troubles."""
        self.conditions.look(replace(QUIET, **changes))  # type: ignore[arg-type]
        return {name for name, text in self.told.items() if text}


def test_too_many_attempts_fail_until_well_fewer_do() -> None:
    desk = Desk()
    desk.settled(Verdict.RETRY, 19)
    assert desk.look() == set()
    desk.settled(Verdict.RELEASED, 100)
    desk.settled(Verdict.RETRY, 1)
    assert desk.look() == {"error rate"}
    assert desk.told["error rate"] == "20 of 20 attempts failed within the last hour (100 %)"
    desk.settled(Verdict.STORED, 190)
    assert desk.look() == {"error rate"}  # 9.5 %
    desk.settled(Verdict.UNCHANGED, 60)
    assert desk.look() == set()
    desk.now += 4000
    assert desk.look() == set()


def test_a_pass_that_takes_too_long() -> None:
    desk = Desk()
    desk.conditions.pass_began()
    desk.now += 3600
    assert desk.look() == set()
    desk.now += 1
    assert desk.look() == {"pass"}
    desk.conditions.pass_ended()
    assert desk.look() == set()


def test_tasks_that_wait_while_none_is_finished_but_not_while_they_are_held() -> None:
    desk = Desk()
    desk.look(waiting=5)
    desk.now += 25 * 3600
    assert desk.look(waiting=5, held="paused") == set()
    desk.now += 23 * 3600
    assert desk.look(waiting=5) == set()
    desk.now += 2 * 3600
    assert desk.look(waiting=5) == {"task queue"}
    desk.settled(Verdict.STORED, 1)
    assert desk.look(waiting=4) == set()


def test_a_critical_task_that_grows_old() -> None:
    desk = Desk()
    assert desk.look(waiting=1, oldest_critical=desk.now - 23 * 3600) == set()
    assert desk.look(waiting=1, oldest_critical=desk.now - 25 * 3600) == {"critical tasks"}
    assert desk.look() == set()


def test_a_reconciler_that_is_silent() -> None:
    desk = Desk()
    assert desk.look(silent_for=299.0) == set()
    assert desk.look(silent_for=301.0) == {"reconciler silent"}
    desk.conditions.apply(Thresholds(reconciler_silent=900.0))
    assert desk.look(silent_for=301.0) == set()


def test_a_limit_that_is_near_until_it_is_well_below() -> None:
    desk = Desk()
    assert desk.look(used={"ant": 0.89, "bee": 0.95}) == {"limit of bee"}
    assert desk.look(used={"ant": 0.89, "bee": 0.8}) == {"limit of bee"}
    assert desk.look(used={"ant": 0.89, "bee": 0.7}) == set()


def test_drift_until_a_pass_finds_none() -> None:
    desk = Desk()
    done = PassDone(0, 0, 0, 0, 0.0, cycle=CycleMetrics(drift=3))
    desk.conditions.handle([done])
    assert desk.told["drift"].startswith("3 objects were otherwise")
    desk.conditions.handle([replace(done, cycle=CycleMetrics())])
    assert desk.look() == set()
