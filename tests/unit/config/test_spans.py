"""Which seasons and values a written form stands for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.config.spans import expand_values, resolve_seasons
from adce_async.model.seasons import end_year, season_of_end_year

TODAY = dt.date(2025, 11, 1)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-25", ["2024-25"]),
        ("1999-00", ["1999-00"]),
        (2025, ["2024-25"]),
        ("2025", ["2024-25"]),
        ("current", ["2025-26"]),
        ("Current", ["2025-26"]),
        ("2024-2026", ["2023-24", "2024-25", "2025-26"]),
        ("2024 - 2025", ["2023-24", "2024-25"]),
        ("2024-current", ["2023-24", "2024-25", "2025-26"]),
        ("2030-current", []),
        ("1900-1948", ["1946-47", "1947-48"]),
        (["2024-25", 2025, "2024-2025"], ["2023-24", "2024-25"]),
        ([2004, "2001-2002"], ["2000-01", "2001-02", "2003-04"]),
        ({"nba": "2024-2025", "gleague": "2002-2025"}, ["2023-24", "2024-25"]),
        ({"gleague": "2002-2025"}, []),
        ([], []),
        ((), []),
    ],
)
def test_every_form_of_seasons(written: Any, expected: list[str]) -> None:
    assert list(resolve_seasons(written, TODAY)) == expected


def test_the_published_history() -> None:
    seasons = resolve_seasons("1946-2025", TODAY)
    assert (seasons[0], seasons[-1], len(seasons)) == ("1946-47", "2024-25", 79)
    seasons = resolve_seasons("2002-2025", TODAY)
    assert (seasons[0], seasons[-1], len(seasons)) == ("2001-02", "2024-25", 24)


@pytest.mark.parametrize(("day", "season"), [("2025-09-30", "2024-25"), ("2025-10-01", "2025-26")])
def test_current_follows_the_calendar(day: str, season: str) -> None:
    assert resolve_seasons(["current"], dt.date.fromisoformat(day)) == (season,)


@pytest.mark.parametrize(
    "written", ["2024-26", "24-25", "2025-2002", 1900, 3000, "2002-3000", "1900-1940", "nba", "", "2024-25-26", "-"]
)
def test_what_is_no_season(written: Any) -> None:
    with pytest.raises(ValueError, match=r"season|begins"):
        resolve_seasons(written, TODAY)


@given(st.lists(st.integers(1947, 2030), max_size=8))
def test_seasons_are_in_order_each_once_and_the_same_in_every_form(years: list[int]) -> None:
    resolved = resolve_seasons(years, TODAY)
    assert [end_year(season) for season in resolved] == sorted(set(years))
    assert resolve_seasons([season_of_end_year(year) for year in years], TODAY) == resolved
    assert resolve_seasons([f"{year}-{year}" for year in years], TODAY) == resolved


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2002-2004", ["2002", "2003", "2004"]),
        ("1-10", [str(n) for n in range(1, 11)]),
        ("08-11", ["08", "09", "10", "11"]),
        ("2024-25", ["2024-25"]),
        ("2024-12-15", ["2024-12-15"]),
        ("abc", ["abc"]),
        (5, ["5"]),
        (["1-3", 7], ["1-3", 7]),
        (True, True),
    ],
)
def test_values_of_a_dimension(written: Any, expected: Any) -> None:
    found = expand_values(written)
    assert (list(found) if isinstance(found, tuple) else found) == expected


def test_a_huge_range_is_a_text_and_no_list() -> None:
    assert expand_values("1-99999999999") == ("1-99999999999",)
