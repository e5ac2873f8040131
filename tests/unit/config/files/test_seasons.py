"""Which seasons a written form stands for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.config.files.seasons import resolve_seasons
from adce_async.model.seasons import end_year, season_of_end_year

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project

INVENTORY = """
expected_coverage:
  ant:
    data_types:
      items:
        scraper: ant_items
        path_pattern: ant/{id}.json
        dimensions: {id: [1, 2]}
"""
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


@pytest.mark.parametrize(("seasons", "index"), [("['2024-25', '2025 - 2002']", "1"), ("2025-2002", "0")])
def test_seasons_that_run_backwards(project: Project, seasons: str, index: str) -> None:
    text = INVENTORY.replace("    data_types:", f"    seasons: {seasons}\n    data_types:")
    (problem,) = project.write(data_inventory=text).problems()
    assert problem.startswith(f"inventory/data_inventory.yaml:3: expected_coverage.ant.seasons.{index}: got '2025")
    assert "a range that runs backwards; expected '2002-2025', or a season such as 2024-25" in problem
