"""Tables: readable at any width, and what is not shown is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.cli.tables import LEAST_FOLD, lines

COLUMNS = ("key", "scraper", "score", "size", "reason")
ROWS = [
    ("ant/items/1.json", "ant_items", 98.0, "x1", "id: expected '1', found '2' in the body that came"),
    ("ant/items/10.json", "ant_items", 7.5, "x1", None),
]
OPTIONS = {"right": {"score"}, "spare": ("score", "scraper", "size"), "fold": {"reason"}, "see": "adce plan --json"}


def drawn(width: int | None) -> list[str]:
    return list(lines(COLUMNS, ROWS, width=width, **OPTIONS))  # type: ignore[arg-type]


def test_in_a_pipe_each_row_is_a_line_of_its_own_however_long() -> None:
    rows = [("a" * 300, "b" * 300, "", "", "c d " * 200)]
    header, row = lines(COLUMNS, rows, **OPTIONS)  # type: ignore[arg-type]
    assert header.split() == list(COLUMNS)
    assert row.split() == ["a" * 300, "b" * 300, *("c d " * 200).split()]
    assert len(drawn(None)) == 3


def test_where_there_is_room_nothing_is_left_out() -> None:
    assert drawn(120) == drawn(None)
    assert drawn(None)[0] == "key                scraper    score  size  reason"
    assert drawn(None)[2] == "ant/items/10.json  ant_items    7.5  x1    -"


def test_what_is_the_same_in_all_rows_is_the_first_to_go() -> None:
    assert drawn(74)[0].split() == ["key", "score", "size", "reason"]
    assert " ".join(drawn(74)[-2:]) == (
        "not shown for lack of room: scraper (ant_items in all rows); a wider terminal or `adce plan --json` has them"
    )
    named = " ".join(lines(("key", "a", "b"), [("k" * 30, "x" * 9, 1), ("k", "x" * 9, 2)], width=36, spare=("a", "b")))
    assert "lack of room: a (xxxxxxxxx in all rows); a wider terminal has them" in named


def test_a_long_text_folds_where_there_is_no_more_room() -> None:
    url = "https://www.ant.test/leagues/season_2025_games-october.html?page=1&size=100"
    assert list(lines(("name", "url"), [("ants", url)], width=50, fold={"url"})) == [
        "name  url",
        "ants  https://www.ant.test/leagues/season_2025_gam",
        "      es-october.html?page=1&size=100",
    ]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert list(lines(("key", "why"), [("a", "\x1b[31mred\nline")]))[1] == "a     [31mred line"


def test_no_rows_are_just_the_header() -> None:
    assert list(lines(("key", "size"), [], width=80, spare=("size",))) == ["key  size"]


@given(st.integers(20, 200), st.lists(st.tuples(*[st.text("ab /&\u65e5", max_size=60)] * 5), max_size=5))
def test_no_line_is_wider_than_the_terminal_unless_what_must_be_shown_is(width: int, rows: list[tuple[str]]) -> None:
    found = list(lines(COLUMNS, rows, width=width, **OPTIONS))  # type: ignore[arg-type]
    key = max(len(row[0].encode()) for row in [*rows, ("key",)])
    assert all(len(line) <= max(width, key + 2 + 2 * LEAST_FOLD) for line in found)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_key_that_is_too_wide_by_itself_folds_and_loses_nothing(width: int) -> None:
    key = "espn/" + "x" * 150 + "/401705066.json"
    rows = [(key, "espn_summary", 1), ("a", "b", 2)]
    drawn = list(lines(("key", "scraper", "n"), rows, width=width, right={"n"}, spare=("scraper",)))
    assert max(map(len, drawn)) <= width
    table = [line for line in drawn[1:] if "not shown" not in line and "terminal has" not in line]
    assert key in "".join(line.split()[0] for line in table if line.split())
    assert key in "\n".join(lines(("key", "scraper", "n"), rows))  # in a pipe it is whole


def test_the_settings_fit_a_terminal() -> None:
    path = "autonomous_config.rate_limiting.source_limits.basketball_reference.requests_per_minute"
    rows = [(path, "20", "-", "config/autonomous_config.yaml:51")]
    drawn = list(
        lines(
            ("key", "value", "default", "set by"), rows, width=80, fold={"value", "set by"}, spare=("set by", "default")
        )
    )
    assert max(map(len, drawn)) <= 80
    assert "20" in drawn[1]
