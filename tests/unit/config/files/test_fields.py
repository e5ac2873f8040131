"""Types of fields: strict, and forgiving where no mistake is possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.config.files.samples import Inner, Outer, errors

from adce_async.config.files.base import Expected
from adce_async.config.files.limits import LimitConfig
from adce_async.config.saying.schema import schema
from adce_async.model.coverage import Priority

SECONDS = "a number of seconds, 0.01 or greater, at most 31536000 (a year)"


@pytest.mark.parametrize("value", ["5", True, 0, -1, float("inf"), float("nan"), 31_536_001, 1e308, [], {}, "abc"])
def test_numbers_are_strict_and_say_what_they_expect(value: Any) -> None:
    assert errors(Inner, {"seconds": value}) == [("seconds", f"expected {SECONDS}")]


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
    assert phrases == [SECONDS]


WITHOUT_BOUND = {
    "Check.equals": "is compared with what is stored, as it is",
    "Check.title": "is compared with what is stored, as it is",
    "Check.canonical": "is compared with what is stored, as it is",
    "ScraperEntry.params": "is put into a URL, as it is",
    "ScraperEntry.version": "is a text",
    "DataTypeConfig.seasons": "is a text",
    "SourceInventory.seasons": "is a text",
    "Dimension.values": "is a text",
    "DimensionOrBare": "is a text",
}
"""Whole numbers that are no amounts."""


def unbounded(schema: Any, place: str) -> Iterator[str]:
    """The places of numbers that may be as large as they like."""
    if isinstance(schema, list):
        for each in schema:
            yield from unbounded(each, place)
    elif isinstance(schema, dict):
        if schema.get("type") in ("number", "integer") and not {"maximum", "exclusiveMaximum"} & schema.keys():
            yield place
        for key, inner in schema.items():
            if key == "properties":
                for name, each in inner.items():
                    yield from unbounded(each, f"{place}.{name}" if place else name)
            elif key == "$defs":
                for name, each in inner.items():
                    yield from unbounded(each, name)
            else:
                yield from unbounded(inner, place)


def test_every_amount_has_a_largest_one() -> None:
    """Timers, timestamps and products hold it. What has none is no amount."""
    assert {place for each in schema().values() for place in unbounded(each, "")} == WITHOUT_BOUND.keys() | {
        "LimitConfig.per"  # has a check of its own, since it may be a text as well
    }
    assert errors(LimitConfig, {"requests": 1, "per": 31_536_001})
    assert errors(LimitConfig, {"requests": 1, "per": "366 days"})
    assert LimitConfig.model_validate({"requests": 1, "per": "365 days"})
