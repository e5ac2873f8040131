"""Numbers in a row behave as the tuple of their texts does."""

from __future__ import annotations

import pytest

from adce_async.model.counted_values import CountedValues

RANGES = [(1, 120, 0), (95, 105, 0), (8, 12, 2), (98, 102, 2), (0, 3, 3), (7, 7, 0)]


@pytest.mark.parametrize(("first", "last", "width"), RANGES)
def test_they_are_the_texts_of_the_numbers(first: int, last: int, width: int) -> None:
    texts = tuple(f"{number:0{width}d}" for number in range(first, last + 1))
    values = CountedValues(first, last, width)
    assert tuple(values) == texts == values[:] == values[0:]
    assert (len(values), values[0], values[-1], values[::-2]) == (len(texts), texts[0], texts[-1], texts[::-2])
    assert values == texts
    assert (values.shortest, values.longest) == (len(texts[0]), len(texts[-1]))
    assert [values.place(text) for text in texts] == list(range(len(texts)))
    assert all(text in values for text in texts)
    with pytest.raises(IndexError):
        values[len(texts)]


@pytest.mark.parametrize("value", ["", "007", "6", "13", "+8", " 8", "8", "\uff11\uff10", "1" * 5000, "a"])
def test_what_is_spelled_otherwise_is_none_of_them(value: str) -> None:
    values = CountedValues(8, 12, 2)
    assert values.place(value) is None
    assert value not in values
    assert 9 not in values


def test_two_with_the_same_ends_are_the_same() -> None:
    one, other = CountedValues(1, 10_000_000), CountedValues(1, 10_000_000)
    assert one == other
    assert len({one, other}) == 1
    assert one != CountedValues(1, 10_000_000, 8)
    assert one != ("1",)
    assert one != ["1"]
    assert CountedValues(8, 9, 2).written == "08-09"
    assert repr(one) == "CountedValues(1, 10000000, 0)"
