from __future__ import annotations

import datetime as dt

from adce_async.model.coverage import DataType, Item, ItemState
from adce_async.model.days import end_of_eastern_day, from_iso, start_of_eastern_day
from adce_async.model.dimensions import Calendar, CalendarDimension, Declared, DerivedDimension, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.planning.expand import expand

LONG_AFTER = from_iso("2026-11-01T00:00:00Z")


def declared(pattern: str, *dimensions: object, seasons: tuple[str, ...] = ("2024-25",)) -> Declared:
    return Declared(DataType("espn", "t", "s", PathPattern(pattern)), seasons, dimensions)  # type: ignore[arg-type]


def keys(
    what: Declared, season: str | None = "2024-25", now: float = LONG_AFTER, items: tuple[Item, ...] = ()
) -> list[str]:
    return [e.key for e in expand(what, season, now=now, items_of=lambda _name, _season: items)]


def test_days_of_a_season_come_up_to_today() -> None:
    days = declared("d/{season}/{date}.json", CalendarDimension("date", Calendar.SEASON_DAYS))
    assert len(keys(days)) == 244
    noon = start_of_eastern_day(dt.date(2024, 10, 24)) + 12 * 3600
    assert keys(days, now=noon) == [f"d/2024-25/2024-10-2{n}.json" for n in (2, 3, 4)]
    assert keys(days, now=from_iso("2024-08-01T00:00:00Z")) == []


def test_months_of_the_season_before_the_virus_and_after() -> None:
    months = declared(
        "m/{season}/{month}.html", CalendarDimension("month", Calendar.SEASON_MONTHS), seasons=("2019-20",)
    )
    names = [key.split("/")[-1] for key in keys(months, "2019-20")]
    assert names == [
        f"{m}.html"
        for m in (
            "october-2019",
            "november",
            "december",
            "january",
            "february",
            "march",
            "july",
            "august",
            "september",
            "october-2020",
        )
    ]


def test_lists_multiply() -> None:
    both = declared("x/{a}/{b}", ListDimension("a", ("1", "2")), ListDimension("b", ("p", "q")))
    assert keys(both) == ["x/1/p", "x/1/q", "x/2/p", "x/2/q"]


def test_listed_dates_belong_to_their_season_only() -> None:
    two = declared(
        "x/{season}/{date}", ListDimension("date", ("2024-12-15", "2023-12-15")), seasons=("2023-24", "2024-25")
    )
    assert keys(two, "2024-25") == ["x/2024-25/2024-12-15"]
    assert keys(two, "2023-24") == ["x/2023-24/2023-12-15"]


def test_derived_values_with_a_condition_and_without_doubles() -> None:
    games = declared("g/{season}/{game_id}", DerivedDimension("game_id", "espn.schedule", "game_id", "final"))
    items = (
        Item({"game_id": "1", "date": "2024-12-15"}),
        Item({"game_id": "1", "date": "2024-12-16"}),
        Item({"game_id": "2", "date": "2024-12-15"}, ItemState.LIVE),
        Item({"date": "2024-12-15"}),
    )
    found = list(expand(games, "2024-25", now=LONG_AFTER, items_of=lambda _n, _s: items))
    assert [e.key for e in found] == ["g/2024-25/1"]
    assert found[0].closes == end_of_eastern_day(dt.date(2024, 12, 15))
    assert found[0].fields == {"season": "2024-25", "game_id": "1"}


def test_derived_items_also_fill_fields_that_no_dimension_names() -> None:
    games = declared("g/{date}/{game_id}", DerivedDimension("game_id", "espn.schedule", "game_id"))
    assert keys(games, items=(Item({"game_id": "7", "date": "2024-12-15"}),)) == ["g/2024-12-15/7"]


def test_a_type_without_dimensions_is_one_key() -> None:
    assert keys(declared("teams.json"), None) == ["teams.json"]
    assert keys(declared("standings/{season}.json")) == ["standings/2024-25.json"]


def test_a_list_of_days_in_keys_without_a_season_is_due_whatever_the_seasons() -> None:
    for pattern in ("ant/{date}.json", "ant/{date_compact}.json", "ant/{year}/{month}/{day}.json"):
        days = declared(pattern, ListDimension("date", ("2024-12-15",)), seasons=("2023-24", "2024-25"))
        assert len(keys(days, days.seasons_to_expand[0])) == 1, pattern


def test_what_names_no_day_cannot_be_spelled_and_is_left_out() -> None:
    games = declared("g/{date_compact}-{game_id}.json", DerivedDimension("game_id", "espn.schedule", "game_id"))
    items = (Item({"game_id": "1", "date": "foo"}), Item({"game_id": "2", "date": "2024-12-15"}))
    assert keys(games, items=items) == ["g/20241215-2.json"]


def test_months_are_those_of_the_league_that_is_listed() -> None:
    month = CalendarDimension("month", Calendar.SEASON_MONTHS)
    aba = declared("m/{season}/{month}.html", ListDimension("league", ("ABA",)), month, seasons=("1970-71",))
    assert keys(aba, "1970-71")[-1] == "m/1970-71/may.html"
    assert {e.fields["league"] for e in expand(aba, "1970-71", now=LONG_AFTER)} == {"ABA"}
    both = declared(
        "m/{league}/{season}/{month}.html", month, ListDimension("league", ("NBA", "ABA")), seasons=("1970-71",)
    )
    found = keys(both, "1970-71")
    assert len(found) == 7 + 8
    assert "m/ABA/1970-71/may.html" in found
    assert "m/NBA/1970-71/may.html" not in found
    assert keys(both, "1990-91")[0] == "m/NBA/1990-91/november.html"
    assert not any("ABA" in key for key in keys(both, "1990-91"))
