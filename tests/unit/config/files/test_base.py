"""What all models share: strictness, old names and bare values."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.config.files.samples import Inner, Outer, errors

from adce_async.config.files.base import Renamed, rename


def test_models_are_frozen_and_know_their_keys() -> None:
    with pytest.raises(ValidationError):
        Inner().new = "y"  # type: ignore[misc]
    assert errors(Inner, {"neu": 1}) == [("neu", "Extra inputs are not permitted")]


def test_a_key_without_a_value_counts_as_not_set_and_is_still_known() -> None:
    assert Outer.model_validate({"inner": None, "many": None, "flag": None}) == Outer()
    assert errors(Outer, {"flagg": None}) == [("flagg", "Extra inputs are not permitted")]


def test_a_bare_value_stands_for_the_field_that_it_abbreviates() -> None:
    assert Outer.model_validate({"inner": "y", "many": ["z"]}) == Outer(inner=Inner(new="y"), many=(Inner(new="z"),))


def test_old_names_are_read_and_converted() -> None:
    assert Inner.model_validate({"old": "y", "hours": 2}) == Inner(new="y", seconds=7200)
    assert errors(Inner, {"hours": "two"}) == [
        ("seconds", "expected a number of seconds, 0.01 or greater, at most 31536000 (a year)")
    ]


def test_an_old_and_a_new_name_may_agree_but_not_differ() -> None:
    assert Inner.model_validate({"old": "y", "new": "y"}).new == "y"
    assert Inner.model_validate({"hours": 1, "seconds": 3600}).seconds == 3600
    both = "given twice, as 'seconds' (60) and as 'hours' (2); expected one of them ('seconds' is the newer name)"
    assert errors(Inner, {"hours": 2, "seconds": 60}) == [("", f"hours: {both}")]


def test_reading_changes_nothing_in_what_is_read() -> None:
    data = {"inner": {"old": "y"}}
    Outer.model_validate(data)
    assert data == {"inner": {"old": "y"}}


def test_rename_works_across_sections_and_reports_what_it_did() -> None:
    rules = (Renamed("a.old", "b.c.new"), Renamed("gone", "x"))
    data: dict[str, Any] = {"a": {"old": 1, "other": 2}, "b": None}
    applied, problems = rename(data, rules)
    assert (data, applied, problems) == ({"a": {"other": 2}, "b": {"c": {"new": 1}}}, [rules[0]], [])


def test_rename_leaves_alone_what_is_in_the_way() -> None:
    data: dict[str, Any] = {"old": 1, "section": 5}
    applied, problems = rename(data, (Renamed("old", "section.key"),))
    assert (data, applied, problems) == ({"section": 5}, [], [])
