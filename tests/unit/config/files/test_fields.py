"""Types of fields: strict, and forgiving where no mistake is possible."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.config.files.samples import Inner, Outer, errors

from adce_async.config.files.base import Expected
from adce_async.model.coverage import Priority


@pytest.mark.parametrize("value", ["5", True, 0, -1, float("inf"), float("nan"), [], {}, "abc"])
def test_numbers_are_strict_and_say_what_they_expect(value: Any) -> None:
    assert errors(Inner, {"seconds": value}) == [("seconds", "expected a number of seconds, greater than 0")]


@pytest.mark.parametrize("value", ["maybe", 1, 0, "true", 1.0])
def test_flags_are_strict(value: Any) -> None:
    assert errors(Outer, {"flag": value}) == [("flag", "expected true or false")]


def test_flags_read_the_words_of_older_yaml() -> None:
    assert [Outer.model_validate({"flag": word}).flag for word in ("yes", "On", "NO", "off")] == [
        True,
        True,
        False,
        False,
    ]


def test_names_of_sources_are_one_in_any_case() -> None:
    assert list(Outer.model_validate({"by_source": {"ESPN": "y"}}).by_source) == ["espn"]
    assert errors(Outer, {"by_source": {"ESPN": "y", "Espn": "z"}}) == [
        ("by_source", "Espn: 'ESPN' and 'Espn' are the same name; expected one of them")
    ]
    assert "letters, digits" in errors(Outer, {"by_source": {"a b": "y"}})[0][1]
    assert "letters, digits" in errors(Outer, {"by_source": {"espn.box": "y"}})[0][1]


def test_priorities_are_read_in_any_case() -> None:
    assert Outer.model_validate({"by_priority": {"High": 1}}).by_priority == {Priority.HIGH: 1}
    assert Outer.model_validate({"by_priority": {Priority.LOW: 1}}).by_priority == {Priority.LOW: 1}
    assert errors(Outer, {"by_priority": {"urgent": 1}})[0][1] == "expected CRITICAL, HIGH, MEDIUM or LOW"


def test_a_switch_may_be_a_section_with_enabled_only() -> None:
    assert Outer.model_validate({"switch": {"enabled": True}}).switch is True
    assert errors(Outer, {"switch": {"enabled": True, "x": 1}}) == [("switch", "expected true or false")]


def test_the_phrase_belongs_to_the_type() -> None:
    phrases = [one.phrase for one in Inner.model_fields["seconds"].metadata if isinstance(one, Expected)]
    assert phrases == ["a number of seconds, greater than 0"]
