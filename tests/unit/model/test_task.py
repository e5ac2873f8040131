"""Which tasks one request serves, and under which claim an outcome is settled."""

from __future__ import annotations

from dataclasses import fields, replace

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Outcome, Task, Verdict

BOX = Task(
    "box/7.json", "espn", "espn_summary", "espn.box_score", "2024-25", {"game_id": "7", "season": "2024-25"},
    GapKind.MISSING, Priority.HIGH, 0.0, 0.0,
)  # fmt: skip


def test_tasks_of_one_scraper_and_the_same_fields_are_one_request() -> None:
    plays = replace(BOX, key="plays/7.json", data_type="espn.play_by_play", fields=dict(reversed(BOX.fields.items())))
    assert list(plays.fields) != list(BOX.fields)
    assert plays.request == BOX.request == "espn_summary?game_id=7&season=2024-25"


def test_another_scraper_game_or_field_is_another_request() -> None:
    others = [
        replace(BOX, scraper="espn_cdn_game"),
        replace(BOX, fields={"game_id": "8", "season": "2024-25"}),
        replace(BOX, fields={"game_id": "7"}),
    ]
    assert len({BOX.request, *(task.request for task in others)}) == 4


def test_an_outcome_under_a_claim_is_the_same_but_for_its_token() -> None:
    outcome = Outcome("box/7.json", Verdict.PARKED, "gone", 5.0, 404, "<html>", 4.0, 1)
    assert all(getattr(outcome, field.name) != field.default for field in fields(Outcome))
    assert outcome.under(7) == replace(outcome, token=7)
