from __future__ import annotations

import pytest

from adce_async.model.coverage import Coverage
from adce_async.web.page.heat_map import STEPS, heat_map, shade


def test_rows_are_data_types_and_columns_seasons_newest_first() -> None:
    rows = [
        Coverage("espn", "box_score", "2023-24", expected=10, stored=10),
        Coverage("espn", "box_score", "2024-25", expected=1000, stored=999, missing=1),
        Coverage("espn", "news", None, expected=1, missing=1),
        Coverage("nba_api", "schedule", "2024-25"),
    ]
    made = heat_map(rows)
    assert made.seasons == ["all", "2024-25", "2023-24"]
    assert [(source, data_type) for source, data_type, _ in made.rows] == [
        ("espn", "box_score"), ("espn", "news"), ("nba_api", "schedule"),
    ]  # fmt: skip
    cells = [[cell.text for cell in cells] for _, _, cells in made.rows]
    assert cells == [["", "99.9", "✓"], ["0", "", ""], ["", "", ""]]
    assert made.rows[0][2][1].title == "espn box_score 2024-25: 99.9 % of 1,000, 1 missing"
    assert heat_map([]).rows == []


@pytest.mark.parametrize(("percent", "step"), [(0, 0), (0.01, 1), (19.9, 1), (20, 2), (99.99, STEPS), (100, STEPS + 1)])
def test_complete_has_a_shade_of_its_own_and_nothing_too(percent: float, step: int) -> None:
    assert shade(percent) == step


def test_where_there_are_too_many_the_oldest_seasons_are_one_column() -> None:
    years = [f"{year}-{(year + 1) % 100:02}" for year in range(2000, 2025)]
    rows = [Coverage("espn", name, year, expected=4, stored=3, missing=1) for name in "abcd" for year in years]
    made = heat_map(rows, 40)
    assert made.seasons == [*reversed(years[-9:]), "older"]
    cell = made.rows[0][2][-1]
    assert (cell.row, cell.text, cell.title) == (None, "75", "espn a 16 seasons: 75 % of 64, 16 missing")
    assert len(heat_map(rows, 100).seasons) == 25
    assert heat_map(rows, 1).seasons == ["2024-25", "older"]
