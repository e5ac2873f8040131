"""reconcile and execute in this process, and what the end of a run is called."""

from __future__ import annotations

import json

import pytest
from tests.unit.cli.conftest import Desk

from adce_async.cli import logs
from adce_async.cli.common import load_all
from adce_async.cli.options import FIX_ME, GAPS_LEFT, Globals
from adce_async.cli.run import _exit_code, _say_refused, _swapped, gaps_left
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.engine.summary import Summary
from adce_async.errors import Problem
from adce_async.service.runs import RunResult
from adce_async.supervisor import Stop


def test_a_pass_writes_its_gaps_and_says_how_many(desk: Desk) -> None:
    desk.put(1)
    out, _ = desk.adce("reconcile", expect=3)
    assert out.splitlines()[-1] == "2 gaps left (2 missing); 0 of them parked, 2 still queued"
    written = json.loads((desk.inventory / "gaps.json").read_text())
    assert written["total_files"] == 2
    assert sorted(key for task in written["tasks"] for key in task["keys"]) == ["ant/2.json", "ant/3.json"]


def test_a_dry_pass_writes_nothing(desk: Desk) -> None:
    report = desk.json("reconcile", "--dry-run", expect=3)
    assert report["gaps"] == 3
    assert not (desk.inventory / "gaps.json").exists()


def test_a_complete_lake_is_no_gap(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.put(number)
    assert desk.adce("reconcile")[0].splitlines()[-1] == "complete: no gaps"


def test_what_would_be_run_can_be_looked_at_by_priority(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    tasks = desk.json("execute", "--dry-run")["tasks"]
    assert [task["key"] for task in tasks] == ["ant/1.json", "ant/2.json", "ant/3.json"]
    (priority,) = {task["priority"] for task in tasks}
    for given in ("CRITICAL", "HIGH", "MEDIUM", "LOW"):
        shown = desk.json("execute", "--dry-run", "--priority", given.lower())["tasks"]
        assert shown == (tasks if given == priority else [])


def test_an_empty_queue_says_what_fills_it(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.put(number)
    _, err = desk.adce("execute", "--no-reconciliation")
    assert "nothing is queued: `adce reconcile` looks for gaps" in err


def test_a_broken_task_file_is_named_and_is_something_to_fix(desk: Desk) -> None:
    (desk.folder / "tasks.json").write_text('{"tasks": [')
    _, err = desk.adce("execute", "--task-queue", str(desk.folder / "tasks.json"), "--dry-run", expect=2)
    assert "tasks.json" in err


def test_once_on_a_complete_lake_asks_nobody(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.put(number)
    done = desk.json("run", "--once")
    assert done["pass"]["gaps"] == 0
    assert done["summary"]["total"] == 0


def report(**counts: int) -> PassReport:
    return PassReport(0.0, by_kind={"stale": 1, "missing": 4}, **counts)  # type: ignore[arg-type]


def result(found: PassReport | None, *, stopped: bool = False) -> RunResult:
    return RunResult(found, Summary(9, 2, 0, 7, 1.0, {}, {}, {}), stopped)


LEFT = report(gaps=5, parked=2, tasks=3)


def test_what_is_left_is_one_line() -> None:
    assert gaps_left(LEFT) == "5 gaps left (4 missing, 1 stale); 2 of them parked, 3 still queued"


@pytest.mark.parametrize(
    ("done", "code", "said"),
    [
        (result(report(gaps=0)), 0, ""),
        (result(report(gaps=0), stopped=True), 0, ""),
        (result(LEFT), GAPS_LEFT, f"{gaps_left(LEFT)}\n"),
        (result(LEFT, stopped=True), GAPS_LEFT,
         "stopped early: 7 tasks still queued, 2 parked; run it again to go on\n"),
        (result(None), GAPS_LEFT, ""),
    ],
)  # fmt: skip
def test_how_a_run_ended(done: RunResult, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _exit_code(done, 2) == code
    assert capsys.readouterr().err == said


def test_what_could_not_be_taken_is_for_a_person_to_fix(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [Problem("gaps.json", 3, "tasks[0].keys", "is no list")]
    assert (_say_refused([]), _say_refused(problems)) == (0, FIX_ME)
    assert capsys.readouterr().err == f"{problems[0]}\n"


def test_the_grace_of_a_stop_can_be_given_a_new_value(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("config/autonomous_config.yaml", {"grace_seconds": 77})
    loaded = load_all(Globals(desk.folder / "config", desk.inventory, None, desk.lake.as_uri(), None, None, None))
    told: list[object] = []
    monkeypatch.setattr(logs, "apply", told.append)
    stop = Stop(30.0)
    _swapped(stop, loaded.settings)
    assert (stop.grace, told) == (77, [loaded.settings])
