"""Which seasons and values a written form stands for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.config.files.seasons import resolve_seasons
from adce_async.config.files.value_ranges import expand_values
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


@pytest.mark.parametrize("written", ["2024-25", "1999-00", "2024-12", "2024-3", "2024-12-15", "20-10-5", "a9-1"])
def test_what_is_no_range_stays_as_it_is(written: str) -> None:
    assert expand_values(written) == (written,)


@pytest.mark.parametrize("written", ["1 - 3", "1\u20133"])
def test_a_range_in_other_people_s_spelling(written: str) -> None:
    assert expand_values(written) == ("1", "2", "3")


DIMENSION = "inventory/data_inventory.yaml:7: expected_coverage.ant.data_types.items.dimensions.id"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("9-1", "got '9-1', a range that runs backwards; expected '1-9', or a list ['9-1'] if it is no range"),
        (
            "2025-2002",
            (
                "got '2025-2002', a range that runs backwards; expected '2002-2025', or a list ['2025-2002'] if it is "
                "no range"
            ),
        ),
        (
            "1-99999999999",
            (
                "got '1-99999999999', a range of 99999999999 values; expected 1000000 at most, or a list "
                "['1-99999999999'] if it is no range"
            ),
        ),
    ],
)
def test_a_range_that_is_none(project: Project, written: str, message: str) -> None:
    project.write(data_inventory=INVENTORY.replace("[1, 2]", written))
    assert project.problems() == [f"{DIMENSION}: {message}"]
    project.write(data_inventory=INVENTORY.replace("[1, 2]", f"['{written}']"))
    assert project.problems() == []


@pytest.mark.parametrize(("seasons", "index"), [("['2024-25', '2025 - 2002']", "1"), ("2025-2002", "0")])
def test_seasons_that_run_backwards(project: Project, seasons: str, index: str) -> None:
    text = INVENTORY.replace("    data_types:", f"    seasons: {seasons}\n    data_types:")
    (problem,) = project.write(data_inventory=text).problems()
    assert problem.startswith(f"inventory/data_inventory.yaml:3: expected_coverage.ant.seasons.{index}: got '2025")
    assert "a range that runs backwards; expected '2002-2025', or a season such as 2024-25" in problem
