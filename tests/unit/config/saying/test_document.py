"""The configuration reference says something of every key."""

from __future__ import annotations

from adce_async.config.files.keys import leaves
from adce_async.config.saying.document import markdown
from adce_async.config.settings import MODELS


def rows() -> dict[str, str]:
    cells = (line.strip("| ").split(" | ", 1) for line in markdown().splitlines() if line.startswith("| `"))
    return {cell[0]: cell[1] for cell in cells if len(cell) == 2}


def test_every_key_that_has_a_default_is_in_it_and_every_key_says_something() -> None:
    said = rows()
    assert all(text.strip() for text in said.values())
    for model in (MODELS["autonomous_config"], MODELS["reconciliation_config"]):
        for path, _ in leaves(model()):
            parents = ["`" + ".".join(path[:depth]) + "`" for depth in range(1, len(path) + 1)]
            assert any(each in said for each in parents), path


def test_keys_below_names_and_lists_are_spelled_so_that_one_sees_where_they_go() -> None:
    said = rows()
    assert "`rate_limiting.source_limits.NAME.requests_per_minute`" in said
    assert "`maintenance.windows[].start_time`" in said
    assert "`scheduled_tasks.NAME.schedule`" in said
    assert said["`reconciliation_interval_hours`"] == "`reconciliation_interval_minutes`"
