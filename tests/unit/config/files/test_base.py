"""What all models share: strictness, phrases, old names, bare values, and walking through types and values."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from adce_async.config.files.base import Expected, Model, Renamed, rename
from adce_async.config.files.fields import BySource, Flag, Many, PositiveCount, PriorityName, Seconds, Switch, Text
from adce_async.config.files.keys import leaves, model_in, step
from adce_async.model.coverage import Priority


class Inner(Model):
    renamed: ClassVar[tuple[Renamed, ...]] = (Renamed("old", "new"), Renamed("hours", "seconds", factor=3600))
    shorthand: ClassVar[str | None] = "new"

    new: Text = "x"
    seconds: Seconds = 1


class Outer(Model):
    inner: Inner = Inner()
    by_source: BySource[Inner] = {}  # noqa: RUF012
    by_priority: dict[PriorityName, PositiveCount] = {}  # noqa: RUF012
    many: Many[Inner] = ()
    flag: Flag = True
    switch: Switch = False
    optional: Inner | None = None


def errors(model: type[Model], data: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(data)
    return [(".".join(map(str, item["loc"])), item["msg"]) for item in caught.value.errors()]


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
    assert errors(Inner, {"hours": "two"}) == [("seconds", "expected a number of seconds, greater than 0")]


def test_an_old_and_a_new_name_may_agree_but_not_differ() -> None:
    assert Inner.model_validate({"old": "y", "new": "y"}).new == "y"
    assert Inner.model_validate({"hours": 1, "seconds": 3600}).seconds == 3600
    both = "given twice, as 'seconds' (60) and as 'hours' (2); expected one of them ('seconds' is the newer name)"
    assert errors(Inner, {"hours": 2, "seconds": 60}) == [("", f"hours: {both}")]


def test_reading_changes_nothing_in_what_is_read() -> None:
    data = {"inner": {"old": "y"}}
    Outer.model_validate(data)
    assert data == {"inner": {"old": "y"}}


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


def test_rename_works_across_sections_and_reports_what_it_did() -> None:
    rules = (Renamed("a.old", "b.c.new"), Renamed("gone", "x"))
    data: dict[str, Any] = {"a": {"old": 1, "other": 2}, "b": None}
    applied, problems = rename(data, rules)
    assert (data, applied, problems) == ({"a": {"other": 2}, "b": {"c": {"new": 1}}}, [rules[0]], [])


def test_rename_leaves_alone_what_is_in_the_way() -> None:
    data: dict[str, Any] = {"old": 1, "section": 5}
    applied, problems = rename(data, (Renamed("old", "section.key"),))
    assert (data, applied, problems) == ({"section": 5}, [], [])


def test_step_follows_keys_through_every_kind_of_type() -> None:
    assert step(Outer, "inner") is Inner
    assert step(step(Outer, "by_source"), "anything") is Inner
    assert step(step(Outer, "many"), "0") is Inner
    assert step(step(Outer, "optional"), "new") is not None
    assert step(Outer, "nothing") is None
    assert step(int, "x") is None
    assert model_in(step(Outer, "optional")) is Inner
    assert model_in(int) is None


def test_leaves_are_all_values_with_their_keys() -> None:
    found = {
        ".".join(path): value
        for path, value in leaves(Outer.model_validate({"by_priority": {"LOW": 1}, "many": ["y"]}))
    }
    assert found == {
        "inner.new": "x",
        "inner.seconds": 1,
        "by_source": {},
        "by_priority.LOW": 1,
        "many.0.new": "y",
        "many.0.seconds": 1,
        "flag": True,
        "switch": False,
        "optional": None,
    }


def test_the_phrase_belongs_to_the_type() -> None:
    phrases = [one.phrase for one in Inner.model_fields["seconds"].metadata if isinstance(one, Expected)]
    assert phrases == ["a number of seconds, greater than 0"]
