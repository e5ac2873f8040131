"""The queue under our names."""

from __future__ import annotations

import json

from .conftest import OldFolder


def test_tasks_get_our_names_or_a_reason(old: OldFolder):
    document = json.loads(old.whole().migrate().files["inventory/gaps.json"])
    assert [(t["id"], t["source"], t["data_type"], t["scraper"]) for t in document["tasks"]] == [
        ("task_000001", "basketball_reference", "play_by_play", "basketball_reference_play_by_play"),
        ("task_000003", "hoopr", "play_by_play", "hoopr_play_by_play"),
    ]
    assert document["total_tasks"] == 2
    assert document["by_priority"] == {"critical": 1, "high": 1, "medium": 0, "low": 0}
    row = old.rows()["task task_000002 (basketball_reference.g_league_awards)"]
    assert (row.outcome, row.why) == ("dropped", "no data type of the new inventory fits")


def test_odd_entries(old: OldFolder):
    old.whole().write("inventory/gaps.json", json.dumps({"tasks": [5, {}, {"source": ["x"], "data_type": None}]}))
    assert json.loads(old.migrate().files["inventory/gaps.json"])["tasks"] == []
