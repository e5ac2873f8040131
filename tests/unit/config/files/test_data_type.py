"""Dimensions and data types: every form, and what is none."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.config.made import data_type
from tests.unit.config.refused import errors

from adce_async.config.files.data_type import DataTypeConfig, Dimension
from adce_async.model.coverage import Priority


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([1, "b"], Dimension(values=("1", "b"))),
        ("2002-2004", Dimension(values=("2002", "2003", "2004"))),
        ("one", Dimension(values=("one",))),
        (7, Dimension(values=("7",))),
        ({"values": ["a"]}, Dimension(values=("a",))),
        ({"calendar": "season_days"}, Dimension(calendar="season_days")),
        ({"calendar": "SEASON_MONTHS"}, Dimension(calendar="season_months")),
    ],
)
def test_forms_of_a_dimension(written: Any, expected: Dimension) -> None:
    assert Dimension.model_validate(written) == expected


def test_a_derived_dimension_means_final_things_unless_it_says_otherwise() -> None:
    plain = Dimension.model_validate({"from": "schedule"})
    assert (plain.derived_from, plain.where, plain.field, plain.calendar, plain.values) == (
        "schedule", "final", None, None, (),
    )  # fmt: skip
    other = Dimension.model_validate({"from": "ESPN.schedule", "where": "Any", "field": "event"})
    assert (other.parent("ant"), other.where, other.field) == ("espn.schedule", "any", "event")
    assert plain.parent("ant") == "ant.schedule"
    assert Dimension.model_validate([1]).parent("ant") is None


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({}, ": got no values; expected one of: a list, a range, 'calendar', 'from'"),
        ([], ": got no values; expected one of: a list, a range, 'calendar', 'from'"),
        (
            {"calendar": "season_days", "from": "schedule"},
            ": got 'calendar' and 'from'; expected one of: a list, a range, 'calendar', 'from'",
        ),
        ({"values": [1], "where": "final"}, "where: has a meaning only beside 'from'"),
        ({"calendar": "season_weeks"}, "calendar: expected season_days or season_months"),
        ({"from": "a.b.c"}, "from: expected the name of a data type"),
        ({"from": "schedule", "where": "over"}, "where: expected final, scheduled, live, postponed, cancelled or any"),
        ({"from": "schedule", "field": "Game"}, "field: expected the name of a field, in lower case"),
        ([1.5], "values.0: expected text (in quotes"),
        ([True], "values.0: expected text (in quotes"),
        ([".."], "values.0: expected text (in quotes"),
        (["a/b"], "values.0: expected text (in quotes"),
        (["a\nb"], "values.0: expected text (in quotes"),
        ([""], "values.0: expected text (in quotes"),
    ],
)
def test_what_is_no_dimension(written: Any, problem: str) -> None:
    (found,) = errors(Dimension, written)
    assert found.startswith(problem)


def test_defaults_of_a_data_type() -> None:
    found = DataTypeConfig.model_validate(data_type())
    assert (found.enabled, found.required, found.min_bytes, found.freshness_days) == (True, False, 0, None)
    assert (found.completeness_threshold, found.priority, found.tier) == (0.95, None, 0)
    assert (found.gap_days_critical, found.minutes_per_file) == (None, 1)
    assert found.pattern.text == "x/{id}.json"


NO_SCRAPER = "scraper: no scraper covers this data type; expected 'scraper: NAME' (or 'enabled: false')"


SUCH_AS = "such as espn_box_scores/{season}/{game_id}.json"


def test_old_keys_of_a_data_type() -> None:
    old = data_type(path_patterns=["x/{id}.json"], estimated_records="~500", expected_files=60)
    del old["path_pattern"]
    assert DataTypeConfig.model_validate(old).path_pattern == "x/{id}.json"
    assert DataTypeConfig.model_validate(data_type(priority="medium")).priority is Priority.MEDIUM


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"scraper": None}, [NO_SCRAPER]),
        ({"path_pattern": None}, [f"path_pattern: missing; expected a pattern {SUCH_AS}"]),
        ({"path_pattern": ["a/{id}", "b/{id}"]}, [f"path_pattern: expected one pattern {SUCH_AS}"]),
        ({"path_pattern": "../{id}"}, ["path_pattern: key '../x': '..' is not allowed in it"]),
        ({"path_pattern": "/a/{id}"}, ["path_pattern: key '/a/x': must be relative, without a leading '/'"]),
        ({"path_pattern": "a/{ID}"}, ["path_pattern: pattern 'a/{ID}': fields are written {name}, in lower case"]),
        ({"path_pattern": ".adce/{id}"}, ["path_pattern: key '.adce/x': '.adce/' is the service's own folder"]),
        (
            {"path_pattern": "a/{id}/{day}"},
            ["path_pattern: nothing gives {day} a value; expected it under 'dimensions' (known: id, season)"],
        ),
        (
            {"path_pattern": "a/{day}/{id}", "dimensions": {"id": {"from": "schedule"}}},
            ["path_pattern: nothing gives {day} a value; expected it under 'dimensions' (known: id, season)"],
        ),
        (
            {"dimensions": {"id": [1], "page": [1, 2]}},
            ["dimensions.page: would give one key to several values; expected {page} in 'path_pattern'"],
        ),
        (
            {"dimensions": {"id": [1], "day": {"calendar": "season_days"}}},
            ["dimensions.day: would give one key to several values; expected {day} in 'path_pattern'"],
        ),
        (
            {"path_pattern": "x/{m}", "dimensions": {"m": {"calendar": "season_months"}}},
            ["dimensions.m: would give one key to several seasons; expected {season} in 'path_pattern'"],
        ),
        (
            {"scraper": "", "path_pattern": "a/{b}"},
            [
                NO_SCRAPER,
                "path_pattern: nothing gives {b} a value; expected it under 'dimensions' (known: id, season)",
                "dimensions.id: would give one key to several values; expected {id} in 'path_pattern'",
            ],
        ),
        ({"completeness_threshold": 95}, ["completeness_threshold: expected a number from 0 to 1"]),
        ({"freshness_days": 0}, ["freshness_days: expected a number of days, 0.00001 or greater, at most 36500 (a century)"]),
        ({"min_bytes": -1}, ["min_bytes: expected a whole number of bytes, 0 or greater, at most 1125899906842624 (1 PiB)"]),
        ({"priority": "urgent"}, ["priority: expected CRITICAL, HIGH, MEDIUM or LOW"]),
    ],
)  # fmt: skip
def test_what_is_no_data_type(change: dict[str, Any], problems: list[str]) -> None:
    assert errors(DataTypeConfig, data_type(**change)) == problems


@pytest.mark.parametrize(
    "change",
    [
        {"dimensions": {"id": [1, 2], "page": [1]}},
        {"dimensions": {"id": [1, 2], "event": {"from": "schedule"}}},
        {"path_pattern": "x/{season}/{id}"},
        {"path_pattern": "all.zip", "dimensions": {}},
        {"enabled": False, "scraper": None, "path_pattern": None},
    ],
)
def test_what_is_allowed_though_it_looks_odd(change: dict[str, Any]) -> None:
    DataTypeConfig.model_validate(data_type(**change))
