"""Which data types come of which, and in which seasons their keys differ."""

from __future__ import annotations

import pytest

from adce_async.model.coverage import DataType
from adce_async.model.dimensions import (
    Calendar,
    CalendarDimension,
    Declared,
    DerivedDimension,
    Dimension,
    ListDimension,
    parents_first,
    without_strange_seasons,
)
from adce_async.model.keys import PathPattern

SEASONS = ("2023-24", "2024-25")


def declared(name: str, pattern: str, *dimensions: Dimension, seasons: tuple[str, ...] = SEASONS) -> Declared:
    return Declared(DataType("ant", name, "ant", PathPattern(pattern)), seasons, dimensions)


def of(parent: str) -> DerivedDimension:
    return DerivedDimension("game_id", f"ant.{parent}", "game_id", "final")


def test_parents_are_named_once_each() -> None:
    one = declared("plays", "{a}/{b}/{game_id}", ListDimension("a", ("1",)), of("box"), of("schedule"), of("box"))
    assert one.parents == ("ant.box", "ant.schedule")


@pytest.mark.parametrize(
    ("pattern", "dimension", "seasons"),
    [
        ("{season}/{a}", ListDimension("a", ("1",)), SEASONS),
        ("{season_end}/{a}", ListDimension("a", ("1",)), SEASONS),
        ("days/{date}", CalendarDimension("date", Calendar.SEASON_DAYS), SEASONS[::-1]),
        ("games/{game_id}", of("schedule"), SEASONS[::-1]),
        ("{a}", ListDimension("a", ("1",)), (None,)),
    ],
)
def test_a_key_of_several_seasons_belongs_to_the_latest(
    pattern: str, dimension: Dimension, seasons: tuple[str | None, ...]
) -> None:
    assert declared("it", pattern, dimension).seasons_to_expand == seasons


def test_without_seasons_there_is_one_expansion() -> None:
    assert declared("it", "{season}/{game_id}", of("schedule"), seasons=()).seasons_to_expand == (None,)


def test_parents_come_first_whoever_is_declared_first() -> None:
    box, plays, schedule = (
        declared("box", "b/{game_id}", of("schedule")),
        declared("plays", "p/{game_id}", of("box"), of("elsewhere")),
        declared("schedule", "{season}"),
    )
    assert parents_first((plays, box, schedule)) == (schedule, box, plays)
    assert parents_first((schedule, plays, box)) == (schedule, box, plays)


def test_a_cycle_is_named() -> None:
    with pytest.raises(ValueError, match=r"data type ant\.(a|b) derives from itself"):
        parents_first((declared("a", "a/{game_id}", of("b")), declared("b", "b/{game_id}", of("a"))))


def test_what_derives_from_types_without_seasons_alone_has_none_either() -> None:
    days = ListDimension("date", ("2024-11-03",))
    listing, calendar = declared("list", "l/{date}", days), declared("calendar", "{season}/c")
    alone, both = (
        declared("box", "b/{game_id}", of("list")),
        declared("both", "x/{game_id}", of("list"), of("calendar")),
    )
    below, by_season = declared("plays", "p/{game_id}", of("box")), declared("by", "{season}/{game_id}", of("list"))
    found = without_strange_seasons((listing, calendar, alone, both, below, by_season))
    assert {each.data_type.name: each.seasons_to_expand for each in found} == {
        "list": (None,), "calendar": SEASONS, "box": (None,), "both": SEASONS[::-1], "plays": (None,), "by": SEASONS,
    }  # fmt: skip
