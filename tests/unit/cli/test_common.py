from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.process.warm import Warm
from tests.unit.cli.conftest import INVENTORY, SCRAPERS, Desk
from tests.unit.cli.served import COVERAGE, STATUS, served

from adce_async.service.pid_file import written

RUN = """
from adce_async.cli.common import run_async

class Large:
    def __repr__(self):
        raise SystemExit("somebody wrote a plan of 170,000 tasks as a text")

async def main():
    return Large()

assert isinstance(run_async(main()), Large)
"""


def test_what_a_command_comes_to_is_never_written_as_a_text(warm: Warm) -> None:
    done = warm.run_code(RUN)
    assert (done.returncode, done.stderr) == (0, "")


def unread(desk: Desk) -> None:
    (desk.folder / "config/autonomous_config.yaml").write_text('max_retries: "3\n')


def wrong(desk: Desk) -> None:
    desk.write("config/autonomous_config.yaml", {"max_retries": -7, "grace_seconds": "long"})


def undeclared(desk: Desk) -> None:
    desk.write("config/scraper_config.yaml", {"sources": 5})


def no_class(desk: Desk) -> None:
    desk.write(
        "config/scraper_config.yaml", SCRAPERS | {"scrapers": {"ant_items": {"source": "ant", "uses": "no.where:X"}}}
    )


def misfitting(desk: Desk) -> None:
    types = INVENTORY["expected_coverage"]["ant"]["data_types"]
    types = {"items": types["items"] | {"scraper": "bee_items"}}
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": {"ant": {"data_types": types}}})


BREAKS = [unread, wrong, undeclared, no_class, misfitting]
WARNED = "a service that runs goes on by what it has read before\n"


def assert_warned(said: tuple[str, str]) -> None:
    out, err = said
    assert out
    assert err.startswith("warning: ")
    assert err.endswith(WARNED)
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("broken", BREAKS)
def test_a_service_that_runs_is_asked_whatever_was_saved_since(desk: Desk, broken: Callable[[Desk], None]) -> None:
    desk.adce("reconcile", expect=3)
    broken(desk)
    with served(desk, {"/status": STATUS, "/coverage": COVERAGE}), written(desk.inventory / "adce.pid"):
        status, tasks = desk.adce("status"), desk.adce("tasks")
    assert_warned(status)
    assert_warned(tasks)
    assert "degraded, up for" in status[0]
    assert "3 waiting" in status[0]
    assert "there is nothing to do" not in status[0]
    assert "3 waiting" in tasks[0]


def test_all_commands_about_it_go_by_what_can_be_read_but_the_one_that_would_start_it(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    unread(desk)
    (desk.inventory / "adce.log").write_text("a line\n")
    with served(desk, {"/status": STATUS, "/health": STATUS}), written(desk.inventory / "adce.pid"):
        said = {name: desk.adce(name) for name in ("health", "logs", "guardrails", "parked")}
        said["explain"] = desk.adce("explain", "ant/1.json")
        assert "not valid YAML" in desk.adce("restart", expect=2)[1]  # and nothing was stopped
    for each in said.values():
        assert_warned(each)
    assert said["health"][0].startswith("degraded")
    assert said["logs"][0] == "a line\n"


def test_what_is_not_found_with_a_broken_configuration_is_not_said_to_be_gone(desk: Desk) -> None:
    wrong(desk)
    assert "that runs is found" in " ".join(desk.adce("status", expect=1)[0].split())
    assert "that runs is found" in desk.adce("health", expect=1)[0]
    assert "names nothing that runs" in desk.adce("stop", expect=2)[1]


def test_a_broken_place_of_the_lake_is_no_lake_without_objects(desk: Desk) -> None:
    (desk.folder / "config/reconciliation_config.yaml").write_text("lake: 5\n")
    assert "where the lake is can't be read" in desk.adce("explain", "ant/1.json", expect=2)[1]


def test_a_mistake_on_the_command_line_is_still_one(desk: Desk, tmp_path: Path) -> None:
    wrong(desk)
    assert "no such folder" in desk.adce("--config-dir", str(tmp_path / "nowhere"), "status", expect=2)[1]
    assert "--mirror" in desk.adce("--mirror", "ftp://x", "status", expect=2)[1]


def test_where_the_state_is_is_read_beside_what_is_wrong(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (desk.folder / "config/autonomous_config.yaml").write_text(f'state_db: {other / "adce.db"}\nmax_retries: "3\n')
    with written(other / "adce.pid"):
        assert "it runs (pid" in " ".join(desk.adce("status", expect=1)[0].split())
