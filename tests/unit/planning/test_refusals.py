"""What was refused is named once each, and never more than a person reads."""

from __future__ import annotations

from adce_async.planning.refusals import MOST_NAMED, Refusals


def test_nothing_refused_says_nothing() -> None:
    assert Refusals().lines == ()


def test_each_line_once_in_order() -> None:
    refused = Refusals()
    refused.update(["b", "a", "b"])
    refused.add("a")
    assert refused.lines == ("b", "a")


def test_the_rest_is_counted() -> None:
    refused = Refusals()
    refused.update(f"item {number}" for number in range(MOST_NAMED))
    assert len(refused.lines) == MOST_NAMED
    refused.update(["one more", "item 0"])
    assert refused.lines[MOST_NAMED:] == ("and 1 more",)
