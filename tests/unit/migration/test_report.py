"""The account of the old files: in their order, and counted."""

from __future__ import annotations

from adce_async.migration.report import OUTCOMES, Migration, Row, placed

ROWS = [
    Row("a.yaml", None, "added", "added", new="espn_summary", why="box_score needs it"),
    Row("a.yaml", 9, "late", "dropped", why="nobody offers it"),
    Row("a.yaml", 2, "early", "taken"),
    Row("a.yaml", 2, "beside", "taken"),
]


def test_rows_stand_as_in_their_file_and_what_has_no_line_comes_last() -> None:
    assert [row.what for row in placed(ROWS)] == ["early", "beside", "late", "added"]
    assert placed([]) == []


def test_each_outcome_is_counted_even_if_it_is_none() -> None:
    assert Migration(ROWS).counts() == {"taken": 2, "renamed": 0, "added": 1, "off": 0, "dropped": 1}
    assert tuple(Migration().counts()) == OUTCOMES


def test_what_is_not_said_is_null() -> None:
    assert ROWS[0].document() == {
        "file": "a.yaml", "line": None, "what": "added", "outcome": "added", "new": "espn_summary",
        "why": "box_score needs it",
    }  # fmt: skip
    assert (ROWS[2].document()["new"], ROWS[2].document()["why"]) == (None, None)
