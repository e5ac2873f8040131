"""`adce tables` as a user runs it: beside a service, on a lake of others, cut off in the middle."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.process.conftest import LIMIT, Desk, wait_for_line
from tests.process.test_captures import FAST, day

GAMES = "select count(*) as games, count(conflict) as conflicts from games"


@pytest.fixture
def filled(desk: Desk, upstream) -> Desk:
    """A lake with three days of ESPN."""
    desk.mirror = upstream().url
    desk.write("config/autonomous_config.yaml", FAST)
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": day("2024-12-09", "2024-12-10", "2024-12-11")})
    desk.run("run", "--once", expect=0)
    return desk


def made(desk: Desk, *options: str) -> dict[str, Any]:
    return dict(json.loads(desk.run("tables", "--json", *options, expect=0).stdout))


def asked(desk: Desk, text: str) -> list[dict[str, Any]]:
    return list(json.loads(desk.run("tables", "query", "--json", text, expect=0).stdout)["rows"])


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def test_the_rows_are_those_of_the_objects_and_the_lake_stays_as_it_is(filled: Desk) -> None:
    before = contents(filled.lake)
    first = made(filled)
    assert contents(filled.lake) == before
    assert first["objects"] == {"tabled": 39, "read": 39, "unchanged": 0, "unverified": 0, "broken": 0}
    assert asked(filled, GAMES) == [{"games": 18, "conflicts": 0}]
    plays = {row["key"]: row["n"] for row in asked(filled, "select key, count(*) as n from plays group by key")}
    assert len(plays) == 18
    for key, count in plays.items():
        assert count == len(json.loads((filled.lake / key).read_bytes())["plays"])
    assert made(filled)["objects"]["read"] == 0


def test_what_is_broken_or_unverified_is_left_out_and_counted(filled: Desk) -> None:
    made(filled)
    (first, second, *_) = sorted((filled.lake / "espn_box_score/2024-25").iterdir())
    first.write_bytes(first.read_bytes()[:-100])
    shutil.copyfile(second, first.with_name("401999999.json"))
    said = made(filled)
    assert (said["objects"]["unverified"], said["objects"]["tabled"]) == (2, 38)
    filled.run("verify", expect=3)
    said = made(filled)
    assert said["objects"]["unverified"] == 0
    assert {one["key"].rpartition("/")[2] for one in said["left_out"]} == {first.name, "401999999.json"}
    told = filled.run("tables", expect=0).stdout
    assert "2 broken left out" in told
    assert first.name in told


def test_it_works_beside_a_running_service(filled: Desk) -> None:
    with filled.started("run") as process:
        wait_for_line(process, "pass done")
        assert made(filled)["objects"]["tabled"] == 39
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT)
        assert process.returncode == 0


def test_mistakes_are_one_line(filled: Desk) -> None:
    assert "no tables there" in filled.run("tables", "query", "select 1", expect=2).stderr
    made(filled)
    refused = filled.run("tables", "query", "drop view games", expect=2).stderr
    assert refused.count("\n") == 1
    assert "expected one statement that reads" in refused
    assert "gamez" in filled.run("tables", "query", "select * from gamez", expect=2).stderr
