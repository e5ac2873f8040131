"""JSON read a value at a time, so that no step holds the interpreter (and with it the event loop) for long.

The parser of the standard library takes a document in one step: a second for each hundred megabytes in which no other
thread gets a turn. Here lists and objects are walked in Python and only what is in them is left to it.
"""

from __future__ import annotations

import json
import re
from typing import Any

_DEEPEST = 4
"""Lists and objects that are this deep are small, and are taken in one step."""
_SPACE = re.compile(r"[ \t\n\r]*")
_LONGEST_NUMBER = 40


def _whole(digits: str) -> int | str:
    """A number of thousands of digits is no number to us, and takes for ever to convert."""
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


_DECODER = json.JSONDecoder(parse_int=_whole)


def parse(body: bytes) -> Any:
    """The document. Raises json.JSONDecodeError with the place, UnicodeDecodeError, or RecursionError.

    >>> parse(b'{"tasks": [{"keys": ["a", "b"]}, []], "version": 2}')
    {'tasks': [{'keys': ['a', 'b']}, []], 'version': 2}
    """
    text = body.decode(json.detect_encoding(body), "surrogatepass").removeprefix("\ufeff")
    value, at = _value(text, _skip(text, 0), 0)
    if (at := _skip(text, at)) < len(text):
        raise json.JSONDecodeError("Extra data", text, at)
    return value


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    opening = text[at : at + 1]
    if depth < _DEEPEST and opening == "[":
        return _list(text, at + 1, depth + 1)
    if depth < _DEEPEST and opening == "{":
        return _object(text, at + 1, depth + 1)
    return _DECODER.raw_decode(text, at)


def _list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    values: list[Any] = []
    at = _skip(text, at)
    if text.startswith("]", at):
        return values, at + 1
    while True:
        value, at = _value(text, at, depth)
        values.append(value)
        at, is_end = _next(text, at, "]")
        if is_end:
            return values, at


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    values: dict[str, Any] = {}
    at = _skip(text, at)
    if text.startswith("}", at):
        return values, at + 1
    while True:
        if not text.startswith('"', at):
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if not text.startswith(":", at):
            raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
        values[name], at = _value(text, _skip(text, at + 1), depth)
        at, is_end = _next(text, at, "}")
        if is_end:
            return values, at


def _next(text: str, at: int, end: str) -> tuple[int, bool]:
    """Where the next value begins, or (after, True) at the end."""
    at = _skip(text, at)
    if text.startswith(end, at):
        return at + 1, True
    if not text.startswith(",", at):
        raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
    return _skip(text, at + 1), False
