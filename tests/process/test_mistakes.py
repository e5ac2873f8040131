"""A person's mistakes: one clear line each, exit 2, nothing done."""

from __future__ import annotations

import pytest
from tests.process.conftest import Desk


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "config/autonomous_config.yaml",
            "max_retrys: 3\n",
            "autonomous_config.yaml:1: max_retrys: unknown key; did you mean 'max_retries'?",
        ),
        (
            "config/scraper_config.yaml",
            "sources:\n  ant:\n    host: [a]\n",
            "scraper_config.yaml:3: sources.ant.host: unknown key; did you mean 'hosts'?",
        ),
        (
            "config/reconciliation_config.yaml",
            "lakee: x\n",
            "reconciliation_config.yaml:1: lakee: unknown key; did you mean 'lake'?",
        ),
        (
            "inventory/data_inventory.yaml",
            "expected_coverage:\n  ant:\n    datatypes: {}\n",
            "data_inventory.yaml:3: expected_coverage.ant.datatypes: unknown key; did you mean 'data_types'?",
        ),
    ],
)
def test_a_typo_in_any_file(desk: Desk, file: str, text: str, said: str) -> None:
    desk.ants(2)
    desk.write(file, text)
    done = desk.run("run", "--once", expect=2)
    assert said in done.stderr
    assert not desk.lake.exists()


def test_a_lake_that_cannot_be_made(desk: Desk) -> None:
    desk.ants(1)
    (desk.folder / "occupied").write_text("a file")
    desk.lake = desk.folder / "occupied" / "lake"
    done = desk.run("run", "--once", expect=2)
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(desk.lake) in done.stderr


def test_a_broken_task_queue_file(desk: Desk) -> None:
    desk.ants(1)
    queue = desk.write("queue.json", '{"tasks": [\n  {"id": 1,}\n]}')
    done = desk.run("execute", "--task-queue", str(queue), expect=2)
    assert f"{queue}:2: column" in done.stderr
    assert queue.read_text().startswith('{"tasks"')
