"""Seasons: which one a day belongs to, and a source's own spelling, both ways."""

from __future__ import annotations

import datetime as dt

import pytest

from adce_async.model.seasons import (
    FOLLOWING,
    end_year,
    given_by,
    original_fields,
    season_days,
    season_of_day,
    url_fields,
)


@pytest.mark.parametrize(
    "fields",
    [
        {"year": "99999999999999999999", "month": "1", "day": "1"},
        {"year": "2024", "month": "13", "day": "1"},
        {"date_compact": "20241315"},
        {"season_end": "25"},
        {"season_end": "-5"},
        {"season_end": "x"},
        {"season_start": "3"},
    ],
)
def test_what_stands_for_nothing_is_a_value_error(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        original_fields(fields)


def test_what_is_given_wins() -> None:
    assert original_fields({"season_end": "2025", "season": "2023-24"})["season"] == "2023-24"


@pytest.mark.parametrize("season", ["2024-26", "2024", "24-25", "1999-01", "2024-25 "])
def test_what_is_no_season_is_named(season: str) -> None:
    with pytest.raises(ValueError, match="is no season; expected the form 2024-25"):
        end_year(season)


@pytest.mark.parametrize(
    ("day", "season"),
    [
        ("2024-09-30", "2023-24"),
        ("2024-10-01", "2024-25"),
        ("2020-10-11", "2019-20"),  # the Finals of the bubble
        ("2020-11-30", "2019-20"),
        ("2020-12-01", "2020-21"),
        ("1999-12-31", "1999-00"),
    ],
)
def test_a_day_belongs_to_one_season(day: str, season: str) -> None:
    assert season_of_day(dt.date.fromisoformat(day)) == season


@pytest.mark.parametrize("year", range(1947, 2026))
def test_each_day_of_a_season_belongs_to_it(year: int) -> None:
    season = f"{year - 1}-{year % 100:02d}"
    days = list(season_days(season))
    assert {season_of_day(day) for day in days} == {season}
    assert days == sorted(set(days))


def test_the_spellings_of_a_url_lead_back() -> None:
    fields = {"season": "2024-25", "date": "2024-12-05"}
    spelled = url_fields(fields)
    assert {name: spelled[name] for name in ("year", "month", "day")} == {"year": "2024", "month": "12", "day": "5"}
    assert {name: origin for origin, names in FOLLOWING.items() for name in names} == {
        name: given_by(name) for name in spelled if name not in fields
    }
    assert original_fields({name: value for name, value in spelled.items() if name not in fields}) == {
        **spelled, **fields,
    }  # fmt: skip
