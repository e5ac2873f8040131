"""Old names stand for scrapers and data types that there are."""

from __future__ import annotations

import pytest
from tests.unit.migration.conftest import known

from adce_async.migration.data_types import shipped_types
from adce_async.migration.name_map import SCRAPERS, SCRAPERS_OFF, TYPES, TYPES_OFF, first_fit


@pytest.mark.parametrize(("pattern", "ours"), SCRAPERS)
def test_each_old_scraper_stands_for_some_of_ours(pattern: str, ours: tuple[str, ...]) -> None:
    assert ours
    assert set(ours) <= known().scrapers.keys()
    assert first_fit(pattern.replace("*", "x"), SCRAPERS) == ours, "hidden by a pattern before it"


def test_what_data_types_are_declared_like_is_shipped() -> None:
    for old, (_, like) in TYPES.items():
        assert like in shipped_types(old.partition(".")[0], known()), old


@pytest.mark.parametrize("table", [SCRAPERS_OFF, TYPES_OFF], ids=["scrapers", "types"])
def test_no_reason_is_hidden_by_a_pattern_before_it(table: tuple[tuple[str, str], ...]) -> None:
    for pattern, why in table:
        assert why
        assert first_fit(pattern.replace("*", "x"), table) == why


def test_the_first_pattern_that_fits_counts_in_any_case() -> None:
    table = (("ant_*", 1), ("*_box", 2), ("ant_box", 3))
    assert [first_fit(name, table) for name in ("ANT_box", "bee_box", "bee", "")] == [1, 2, None, None]


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://site.api.espn.com/apis/site/v2", "espn"),
        ("https://www.espn.com/nba", "espn"),
        ("https://stats.nba.com/stats/x", "nba_api"),
        ("https://github.com/sportsdataverse/sportsdataverse-data/releases", "hoopr"),
        ("https://github.com/somebody/else", None),  # a host that serves others, too
        ("https://www.kaggle.com/api/v1/datasets/list", "kaggle"),
        ("https://www.kaggle.com/somebody", None),
        ("https://curling.test/", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_whose_an_address_is(url: str, source: str | None) -> None:
    assert known().source_of(url) == source


def test_sources_are_those_of_the_hosts() -> None:
    assert known().sources == {"espn", "nba_api", "basketball_reference", "hoopr", "kaggle"}
