"""What the demo's lake should hold can be fetched, and is one week of one season."""

from __future__ import annotations

from adce_async.app import builtins
from adce_async.config.files.inventory import InventoryConfig
from adce_async.demo.inventory import SEASON, inventory
from adce_async.demo.worlds import HOSTS, demo_world

WORLD = demo_world()
DECLARED = InventoryConfig.model_validate(inventory(WORLD)).expected_coverage


def test_each_source_of_the_demo_is_collected() -> None:
    assert DECLARED.keys() == set(HOSTS.values())
    assert {tuple(map(str, of_source.seasons)) for of_source in DECLARED.values()} == {(SEASON,)}


def test_each_data_type_has_a_scraper_of_its_own_source_that_is_asked_today() -> None:
    scrapers = builtins().scrapers
    for source, of_source in DECLARED.items():
        for name, data_type in of_source.data_types.items():
            entry = scrapers[str(data_type.scraper)]
            assert entry.source == source, name
            assert not entry.retired, name


def test_derived_dimensions_name_data_types_that_are_there() -> None:
    document = inventory(WORLD)["expected_coverage"]
    for source in document.values():
        for name, entry in source["data_types"].items():
            for dimension in entry["dimensions"].values():
                if isinstance(dimension, dict) and "from" in dimension:
                    assert dimension["from"] in source["data_types"], name


def test_days_are_those_of_the_worlds_week() -> None:
    days = inventory(WORLD)["expected_coverage"]["espn"]["data_types"]["schedule"]["dimensions"]["date"]
    assert (days[0], days[-1]) == (WORLD.first_day.isoformat(), WORLD.last_day.isoformat())
    assert len(days) == len(set(days)) == 7


def test_no_two_data_types_share_a_pattern() -> None:
    patterns = [
        entry["path_pattern"]
        for source in inventory(WORLD)["expected_coverage"].values()
        for entry in source["data_types"].values()
    ]
    assert len(set(patterns)) == len(patterns)
