"""Mutations of files: what an editor, a merge, a half-written disk or a tired person makes of them. From a seed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import yaml

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**63, -(2**70), 1e308, 0.1, "", " ", "null", "yes", "-1", "1e3", "NaN", "\x00", "\u202e",
    "../../etc/passwd", "a" * 5000, "${HOME}", "{id}", "https://", "2024-25", "current", [], {}, [[]], [None], {"": ""},
    {"a": {"b": {"c": None}}}, ["x"] * 300, float("inf"), float("nan"),
)  # fmt: skip
"""Values that somebody may write where something else belongs."""


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value in a document."""
    if path:
        yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def _around(document: Any, path: tuple[Any, ...]) -> Any:
    for part in path[:-1]:
        document = document[part]
    return document


def _replace(document: Any, path: tuple[Any, ...], dice: random.Random) -> None:
    _around(document, path)[path[-1]] = copy.deepcopy(dice.choice(ODD))


def _remove(document: Any, path: tuple[Any, ...], _dice: random.Random) -> None:
    del _around(document, path)[path[-1]]


def _misspell(document: Any, path: tuple[Any, ...], dice: random.Random) -> None:
    around = _around(document, path)
    if isinstance(around, dict):
        name = str(path[-1])
        at = dice.randrange(len(name) + 1)
        around[name[:at] + dice.choice(["", "x", " ", ".", "_", "\t", "é"]) + name[at + 1 :]] = around.pop(path[-1])


def _swap(document: Any, path: tuple[Any, ...], dice: random.Random) -> None:
    other = dice.choice(list(places(document)))
    if other[: len(path)] != path and path[: len(other)] != other:
        here, there = _around(document, path), _around(document, other)
        here[path[-1]], there[other[-1]] = there[other[-1]], here[path[-1]]


def _wrap(document: Any, path: tuple[Any, ...], dice: random.Random) -> None:
    around = _around(document, path)
    around[path[-1]] = dice.choice([lambda v: [v], lambda v: {"x": v}, str, lambda v: [v, v]])(around[path[-1]])


STRUCTURAL: tuple[Callable[[Any, tuple[Any, ...], random.Random], None], ...] = (
    _replace, _replace, _replace, _remove, _misspell, _swap, _wrap,
)  # fmt: skip


def mutated_document(document: Any, dice: random.Random) -> Any:
    """A copy in which one to three things are otherwise."""
    fresh = copy.deepcopy(document)
    for _ in range(dice.randint(1, 3)):
        if found := list(places(fresh)):
            dice.choice(STRUCTURAL)(fresh, dice.choice(found), dice)
    return fresh


def mutated_bytes(body: bytes, dice: random.Random) -> bytes:
    """As a disk, an editor or a transfer may leave it."""
    at, length = dice.randrange(len(body) + 1), dice.randint(1, 40)
    kind = dice.randrange(7)
    if kind == 0:
        return body[:at]
    if kind == 1:
        return body[:at] + bytes(dice.randrange(256) for _ in range(length)) + body[at + length :]
    if kind == 2:
        return body[:at] + body[at + length :]
    if kind == 3:
        return body[:at] + body[at : at + length] * 2 + body[at + length :]
    if kind == 4:
        return (
            body[:at]
            + dice.choice([b"\t", b"{", b"]", b"&a *a", b"<<: *x", b"\xff", b"\r", b"#", b"- ", b": "])
            + body[at:]
        )
    if kind == 5:
        return b"\xef\xbb\xbf" + body
    return body.decode("latin-1").encode(dice.choice(["utf-16", "utf-8"]))


def mutated_yaml(body: bytes, dice: random.Random) -> bytes:
    """Of its meaning or of its bytes."""
    if dice.random() < 0.5:
        return mutated_bytes(body, dice)
    mutated = mutated_document(yaml.load(body, yaml.CSafeLoader), dice)
    return yaml.safe_dump(mutated, allow_unicode=True).encode("utf-8", "replace")


def mutated_json(body: bytes, dice: random.Random) -> bytes:
    """Of its meaning or of its bytes."""
    if dice.random() < 0.4:
        return mutated_bytes(body, dice)
    return json.dumps(mutated_document(json.loads(body), dice)).encode("utf-8", "replace")
