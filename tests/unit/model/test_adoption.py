"""What is remembered of a lake that was taken over."""

from __future__ import annotations

import pytest

from adce_async.model.adoption import Adoption, Budget, Copies


def test_times_within_a_span_are_those_of_copies_its_ends_included() -> None:
    copies = Copies(((10.0, 20.0), (50.0, 50.0)))
    assert [time for time in (9.9, 10.0, 20.0, 20.1, 49.9, 50.0, 50.1) if copies.hold(time)] == [10.0, 20.0, 50.0]
    assert not Copies().hold(10.0)


def test_spans_that_touch_are_merged() -> None:
    copies = Copies(((10.0, 20.0), (50.0, 60.0)))
    assert copies.merged([(15.0, 30.0), (70.0, 80.0)]) == Copies(((10.0, 30.0), (50.0, 60.0), (70.0, 80.0)))
    assert copies.merged([(0.0, 100.0)]) == Copies(((0.0, 100.0),))
    assert copies.merged([]) == copies


def test_it_is_read_as_it_was_written() -> None:
    adoption = Adoption(5.0, 10, 3, Copies(((1.0, 2.0),)), Budget(7, 8), 9.0, 6.0)
    assert Adoption.from_text(adoption.to_text()) == adoption


@pytest.mark.parametrize("text", [None, "", "null", "[]", "{}", "7", '{"adopted_at": "x"}'])
def test_what_cannot_be_read_is_none(text: str | None) -> None:
    assert Adoption.from_text(text) is None
