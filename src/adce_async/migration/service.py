"""autonomous_config.yaml and reconciliation_config.yaml: our models read the old keys; what does nothing goes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from adce_async.config.files.base import KeyPath, Model
from adce_async.config.files.keys import fold, is_secret, matches
from adce_async.config.files.retired import RETIRED, RETIRED_VALUES
from adce_async.config.reading.explain import explain
from adce_async.config.reading.layers import Layer
from adce_async.config.settings import MODELS
from adce_async.migration.document import Document, leaves
from adce_async.migration.folder import OldFile
from adce_async.migration.report import Row

_ROUNDS = 1000
_MORE_REASONS: Mapping[str, Mapping[str, str]] = {
    "autonomous_config": {"task_queue_file": "gaps.json lies in the inventory folder; the old one is left alone"},
    "reconciliation_config": {},
}
"""Dotted key (as it is called now) -> why it is not taken, though it could be."""


@dataclass(frozen=True, slots=True)
class KeyOutcome:
    """What became of one key elsewhere: `new` is where it went, nothing if nowhere."""

    new: str
    why: str


@dataclass(slots=True)
class _Leaf:
    """One value of the old file. `old`: as it was written there; `new`: where it is in the new file."""

    old: KeyPath
    line: int | None
    new: KeyPath | None
    why: str = ""


def carry(
    old: OldFile, known_sources: frozenset[str], elsewhere: Mapping[KeyPath, KeyOutcome] | None = None
) -> tuple[Document, list[Row]]:
    """The new file and a row for each value of the old one.

    `known_sources`: limits of others bind nothing; `elsewhere`: what became of keys that other files take.
    """
    model = MODELS[old.name]
    layer = Layer(copy.deepcopy(old.layer.data), dict(old.layer.origins))
    problems = {fold(tuple(each.key.split("."))): each.message for each in layer.modernise(model)}
    found = _leaves(old, layer)
    layer.data = _filled(layer.data, old.layer.data)
    document = Document(layer.data, {path: origin.line for path, origin in layer.origins.items() if origin.line})
    for leaf in found:
        outcome = (elsewhere or {}).get(leaf.old)
        if leaf.new is None:
            leaf.why = problems.get(fold(leaf.old), "says nothing")
            continue
        leaf.why = outcome.why if outcome else _reason(old.name, leaf, layer.data, known_sources)
        if outcome or leaf.why:
            document.remove(leaf.new)
            leaf.new = None
    for path, message in settle(document, model):
        for leaf in found:
            if leaf.new is not None and _within(leaf.new, path):
                leaf.new, leaf.why = None, message
    return document, [_row(old, leaf, elsewhere or {}) for leaf in found]


def settle(document: Document, model: type[Model]) -> Iterator[tuple[KeyPath, str]]:
    """Take out whatever `model` refuses, and say what it was: (path, message)."""
    for _ in range(_ROUNDS):
        try:
            model.model_validate(document.data)
        except ValidationError as error:
            found = explain(error, model)
            for path, message, kind in sorted(found, key=lambda one: _numbered(one[0]), reverse=True):
                where = (path[:-1] if kind == "missing" and path[:-1] else path) or ("",)
                before = document.data
                document.remove(where)
                if document.data == before:  # what is refused is a section as a whole
                    where = where[:1]
                    document.remove(where)
                yield where, message
        else:
            return


def _numbered(path: KeyPath) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() else -1, part) for part in path]


def _leaves(old: OldFile, layer: Layer) -> list[_Leaf]:
    """The values of the old file, with where they are by now."""
    now: dict[str, KeyPath] = {}
    for path, _ in leaves(layer.data):
        origin = layer.origin(path)
        now[(origin.key if origin else ".".join(path)).lower()] = path
    found = []
    for path, _ in leaves(old.layer.data):
        if path:
            origin = old.layer.origin(path)
            found.append(_Leaf(path, origin.line if origin else None, now.get(".".join(path).lower())))
    return found


def _reason(name: str, leaf: _Leaf, data: Any, known_sources: frozenset[str]) -> str:
    """Why a value is not in the new file; nothing if it is."""
    path = fold(leaf.new or ())
    for key, why in (*RETIRED[name].items(), *_MORE_REASONS.get(name, {}).items()):
        parts = tuple(key.split("."))
        if matches(parts, path[: len(parts)]):
            return why
    value = _value(data, leaf.new or ())
    for key, (is_old, why) in RETIRED_VALUES[name].items():
        if matches(tuple(key.split(".")), path) and isinstance(value, str) and is_old(value):
            return why
    if path[:2] == ("rate_limiting", "source_limits") and len(path) > 2 and path[2] not in known_sources:
        return f"no source {path[2]!r} is known, so it would bind nothing"
    if path[:2] == ("priority_weighting", "source_multipliers") and path[2] not in known_sources | {"default"}:
        return f"no source {path[2]!r} is known, so it would weigh nothing"
    return ""


def _value(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _within(path: KeyPath, section: KeyPath) -> bool:
    return fold(path)[: len(section)] == fold(section)


def _filled(data: Any, old: Any) -> Any:
    """`data` without the sections that are empty since their keys have other names, though they were not."""
    if not isinstance(data, dict) or not data:
        return data
    kept = {key: _filled(value, old.get(key) if isinstance(old, dict) else None) for key, value in data.items()}
    was = old if isinstance(old, dict) else {}
    return {key: value for key, value in kept.items() if value != {} or not was.get(key)}


def _row(old: OldFile, leaf: _Leaf, elsewhere: Mapping[KeyPath, KeyOutcome]) -> Row:
    what = ".".join(leaf.old)
    row = Row(old.path.name, leaf.line, what, "taken")
    outcome = elsewhere.get(leaf.old)
    if outcome is not None and outcome.new:
        return replace(row, outcome="renamed", new=outcome.new, why=outcome.why)
    if leaf.new is None:
        return replace(row, outcome="dropped", why=leaf.why)
    why = "a secret: better given by the environment" if is_secret(what) else ""
    new = ".".join(leaf.new)
    return replace(row, why=why) if new == what else replace(row, outcome="renamed", new=new, why=why)
