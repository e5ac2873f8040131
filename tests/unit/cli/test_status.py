"""The first screen: is it well, is it complete, what is it doing, when will it be done."""

from __future__ import annotations

import pytest
from tests.unit.cli.conftest import Desk
from tests.unit.cli.served import COVERAGE, STATUS, served

from adce_async.service import pid_file


def screen(text: str) -> dict[str, str]:
    """What stands behind each label, in one line."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        label = line[:10].strip()
        if label:
            last = label
            found[last] = line[10:]
        else:
            found[last] += f" {line.strip()}"
    return found


def test_a_service_that_runs_answers_all_four(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    with served(desk, {"/status": STATUS, "/coverage": COVERAGE}) as url:
        out, _ = desk.adce("status")
        said = screen(out)
        assert said["well?"] == f"degraded, up for 2 h 1 min ({url})"
        assert said["complete?"] == f"no: 33.3 %: 1 of 3 objects stored, 2 gaps; looked at {COVERAGE['at']}"
        assert said["doing"] == "1 running, 3 waiting; 14 passes done, the next in 1 min 1 s. Now: ant/1.json"
        assert said["done"].startswith("in ")
        assert " at the earliest (20" in said["done"]
        assert said["trouble"] == "source ant: cooling for 9 s: HTTP 429"
        assert max(map(len, out.splitlines())) <= 80
        document = desk.json("status")
    assert document["runs"] is True
    assert (document["status"], document["complete"], document["queued"]) == ("degraded", False, 3)
    assert document["running"] == STATUS["running"]
    assert document["eta_seconds"] >= 0


def test_nothing_that_runs_is_a_failure_and_what_is_known_is_told(desk: Desk) -> None:
    said = screen(desk.adce("status", expect=1)[0])
    assert said["well?"] == "nothing runs; `adce start` starts it"
    assert said["complete?"] == "not known: no pass has been done yet"
    assert not (desk.inventory / "adce.db").exists()  # looking leaves nothing behind
    desk.adce("reconcile", expect=3)
    said = screen(desk.adce("status", expect=1)[0])
    assert said["complete?"].startswith("no: 0 %: 0 of 3 objects stored, 3 gaps; looked at 20")
    assert said["doing"] == "nothing; 3 waiting"
    assert "once it runs" in said["done"]
    document = desk.json("status", expect=1)
    assert (document["runs"], document["status"], document["queued"]) == (False, "stopped", 3)


def test_a_complete_lake_is_said_to_be(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.put(number)
    desk.adce("reconcile")
    said = screen(desk.adce("status", expect=1)[0])
    assert said["complete?"].startswith("yes: 3 objects; looked at 20")
    assert said["done"] == "now: there is nothing to do"


def test_a_service_that_does_not_answer_is_silent_and_no_success(desk: Desk) -> None:
    with pid_file.written(desk.inventory / "adce.pid"):
        (desk.inventory / "adce.url").write_text("http://127.0.0.1:1")
        out, _ = desk.adce("status", expect=1)
        assert "and does not answer; `adce logs` says more" in screen(out)["well?"]
        assert "does not answer on http://127.0.0.1:1" in desk.adce("health", expect=1)[0]
        assert desk.json("health", expect=1)["status"] == "silent"


def test_a_service_that_was_told_to_answer_nobody_is_no_failure(desk: Desk) -> None:
    desk.write("config/autonomous_config.yaml", {"health_check": {"enabled": False}})
    with pid_file.written(desk.inventory / "adce.pid"):
        said = screen(desk.adce("status")[0])
        assert said["well?"].endswith("); health_check is off, so that nobody can ask how it is")
        assert desk.json("status")["status"] == "unknown"
        assert "health_check is off" in desk.adce("health", expect=1)[1]


def test_a_part_that_hangs_is_named_first(desk: Desk) -> None:
    components = STATUS["components"] | {
        "zeppelin": {"status": "unhealthy", "last_beat": None, "detail": "pass under way"}
    }
    document = STATUS | {"status": "unhealthy", "components": components}
    with served(desk, {"/status": document, "/coverage": COVERAGE, "/health": document}):
        lines = desk.adce("status", expect=1)[0].splitlines()
        assert next(line for line in lines if line.startswith("trouble")) == "trouble   zeppelin: hangs: pass under way"
        table = desk.adce("health", expect=1)[0].splitlines()
    assert table[0] == "unhealthy, up for 2 h 1 min"
    assert table[-1].startswith("reconciler")


@pytest.mark.parametrize(("how", "code"), [("healthy", 0), ("degraded", 0), ("unhealthy", 1)])
def test_the_exit_code_says_whether_it_is_well(desk: Desk, how: str, code: int) -> None:
    document = STATUS | {"status": how}
    with served(desk, {"/status": document, "/coverage": COVERAGE, "/health": document}):
        desk.adce("status", expect=code)
        assert desk.json("health", expect=code)["status"] == how


def test_without_a_service_health_says_so(desk: Desk) -> None:
    assert desk.adce("health", expect=1)[0] == "nothing runs; `adce start` starts it\n"


def test_a_database_that_cannot_be_read_is_said(desk: Desk) -> None:
    (desk.inventory / "adce.db").write_bytes(b"no database" * 100)
    out, _ = desk.adce("status", expect=1)
    assert "trouble" in screen(out)
    assert screen(out)["done"] == "not known"


def test_watching_shows_the_sources_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(
        "adce_async.cli.status.watching", lambda screen, every: drawn.append(f"{every} {screen()}") or 0
    )
    desk.adce("reconcile", expect=3)
    ant = {
        "breaker": "closed",
        "cooling_until": "2026-11-28T14:00:00Z",
        "windows": {"minute": {"used": 3, "limit": 60}},
    }
    with served(desk, {"/status": STATUS, "/coverage": COVERAGE, "/rate-limits": {"ant": ant, "_global": ant}}):
        desk.adce("status", "--watch", "--every", "1")
    (said,) = drawn
    assert said.startswith("1.0 20")
    assert said.endswith("\n\nant: cools until 2026-11-28T14:00:00Z; 3 of 60 a minute")
    assert max(map(len, said.splitlines())) <= 80
    assert "without --json" in desk.adce("status", "--watch", "--json", expect=2)[1]
