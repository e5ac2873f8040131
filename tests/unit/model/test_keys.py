from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.errors import InvalidKeyError
from adce_async.model.keys import PathPattern, validate_field, validate_key

BAD_KEYS = [
    "",
    "/a",
    "a//b",
    "a/../b",
    "..",
    "a/.",
    "a\x00b",
    "a\nb",
    "a\\b",
    ".adce/objects.db",
    "a/" + "x" * 241,
    "x/" * 460,
]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_dangerous_keys_are_refused(key: str) -> None:
    with pytest.raises(InvalidKeyError):
        validate_key(key)


@pytest.mark.parametrize("value", ["", ".", "..", "a/b", "../x", "a\\b", "a\nb", "{x}", "\u202e"])
def test_dangerous_fields_never_become_a_key(value: str) -> None:
    with pytest.raises(InvalidKeyError):
        validate_field("x", value)
    with pytest.raises(InvalidKeyError):
        PathPattern("a/{x}").format({"x": value})
    if value not in (".", ".."):  # dots are harmless in the middle of a part
        with pytest.raises(InvalidKeyError):
            PathPattern("a-{x}-b/{y}.json").format({"x": value, "y": "1"})


@given(
    st.dictionaries(st.just("x"), st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1), min_size=1)
)
def test_patterns_round_trip(fields: dict[str, str]) -> None:
    pattern = PathPattern("lake/{x}/and-{x}.json")
    assert pattern.parse(pattern.format(fields)) == fields


@given(st.text(min_size=1, max_size=30))
def test_no_field_value_escapes_its_part(value: str) -> None:
    pattern = PathPattern("a/{x}/b.json")
    try:
        key = pattern.format({"x": value})
    except InvalidKeyError:
        return
    assert validate_key(key) == key
    assert key.split("/") == ["a", value, "b.json"]


def test_a_pattern_that_can_make_no_valid_key_is_refused() -> None:
    for text in ("../{x}", "/a/{x}", "a/{X}", "a/{x", "", "a//{x}"):
        with pytest.raises(InvalidKeyError):
            PathPattern(text)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("a/b/{x}.json", "a/b/"), ("a/b{x}/c", "a/"), ("{x}.json", ""), ("flat-{x}", ""), ("a/b.json", "a/")],
)
def test_prefix_is_the_fixed_folder(text: str, prefix: str) -> None:
    assert PathPattern(text).prefix == prefix
