from __future__ import annotations

import pytest

from adce_async.model.season_games import cup_final_day, regular_season_games
from adce_async.model.seasons import FIRST_END_YEAR, season_of_day, season_of_end_year, season_range


@pytest.mark.parametrize(
    ("season", "games"),
    [
        ("1946-47", 331), ("1947-48", 192), ("1948-49", 360), ("1949-50", 561), ("1950-51", 354), ("1951-52", 330),
        ("1952-53", 351), ("1953-54", 324), ("1954-55", 288), ("1958-59", 288), ("1959-60", 300), ("1960-61", 316),
        ("1961-62", 360), ("1965-66", 360), ("1966-67", 405), ("1967-68", 492), ("1968-69", 574), ("1970-71", 697),
        ("1974-75", 738), ("1976-77", 902), ("1980-81", 943), ("1987-88", 943), ("1988-89", 1025), ("1989-90", 1107),
        ("1994-95", 1107), ("1995-96", 1189), ("1998-99", 725), ("1999-00", 1189), ("2003-04", 1189),
        ("2004-05", 1230), ("2010-11", 1230), ("2011-12", 990), ("2012-13", 1229), ("2018-19", 1230),
        ("2019-20", 1059), ("2020-21", 1080), ("2023-24", 1230), ("2025-26", 1230),
    ],
)  # fmt: skip
def test_games_of_record(season: str, games: int) -> None:
    assert regular_season_games(season) == games


def test_every_season_of_the_league_has_a_number_and_none_before() -> None:
    assert regular_season_games("1945-46") is None
    assert all(regular_season_games(season_of_end_year(year)) for year in range(FIRST_END_YEAR, 2030))


def test_cup_finals_lie_within_their_seasons() -> None:
    assert cup_final_day("2022-23") is None
    for year in (2024, 2025, 2026):
        season = season_of_end_year(year)
        day = cup_final_day(season)
        assert day is not None
        first, last = season_range(season)
        assert first.isoformat() < day < last.isoformat()
        assert season_of_day(type(first).fromisoformat(day)) == season
