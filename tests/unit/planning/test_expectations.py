"""Expectations are made when they are looked at, and only those."""

from __future__ import annotations

from adce_async.model.coverage import Expectation
from adce_async.planning.expectations import Expectations
from adce_async.planning.refusals import Refusals


def expectation(key: str) -> Expectation:
    return Expectation(key, {}, None, 0.0, None)


class Counted:
    def __init__(self, *keys: str, refused: Refusals | None = None) -> None:
        self.made: list[int] = []
        self.all = Expectations(list(keys), self.make, refused)
        self.keys = keys

    def make(self, number: int) -> Expectation:
        self.made.append(number)
        return expectation(self.keys[number])


def test_keys_cost_nothing() -> None:
    counted = Counted("a", "b", "c")
    assert (len(counted.all), list(counted.all.keys), counted.made) == (3, ["a", "b", "c"], [])
    assert [each.key for each in counted.all[1:]] == ["b", "c"]
    assert counted.made == [1, 2]
    assert counted.all[0].key == "a"


def test_what_is_left_out_is_not_made() -> None:
    counted = Counted("a", "b", "c", "d")
    rest = counted.all.without({"a", "c", "elsewhere"})
    assert (list(rest.keys), counted.made) == (["b", "d"], [])
    assert [each.key for each in rest] == ["b", "d"]
    assert counted.made == [1, 3]
    assert [each.key for each in rest.without({"b"})] == ["d"]


def test_nothing_to_leave_out_is_the_same_sequence_with_what_it_refused() -> None:
    refused = Refusals()
    refused.add("item 1 is none")
    counted = Counted("a", refused=refused)
    assert counted.all.without({"b"}) is counted.all
    assert counted.all.refused.lines == ("item 1 is none",)


def test_of_what_has_been_made() -> None:
    made = [expectation("a"), expectation("b")]
    lazy = Expectations.of(iter(made))
    assert list(lazy) == made
    assert lazy[0] is made[0]
    assert Expectations.of(lazy) is lazy
