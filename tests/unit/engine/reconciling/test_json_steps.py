from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.engine.reconciling.json_steps import parse

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 1]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_it_says_what_the_standard_parser_says(value: object, indent: int | None, encoding: str) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    with contextlib.suppress(UnicodeEncodeError):
        assert parse(text.encode(encoding)) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{1: 2}", '{"a"}', '{"a" 1}', '{"a":}', '{"a":1,}',
     '{"a":1', '{"a":1 "b":2}', "nul", '"', '["\n"]', "[] x", "[]]", "{} {}", '{"a": [1, {"b": ]}]}', "01"],
)  # fmt: skip
def test_it_refuses_what_the_standard_parser_refuses_at_the_same_line(text: str) -> None:
    with pytest.raises(json.JSONDecodeError) as ours:
        parse(text.encode())
    with pytest.raises(json.JSONDecodeError) as theirs:
        json.loads(text)
    assert ours.value.lineno == theirs.value.lineno


def test_a_number_of_many_digits_costs_nothing_and_the_last_of_a_name_counts() -> None:
    assert parse(b"[" + b"9" * 100_000 + b', {"a": 1, "a": 2}]') == ["9" * 100_000, {"a": 2}]


def test_what_is_nested_too_deeply_is_no_crash() -> None:
    with pytest.raises(RecursionError):
        parse(b"[" * 100_000)
