"""Errors of pydantic in plain words: what is there, what was expected, and which key was probably meant."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from adce_async.config.files.base import Expected, KeyPath, Model
from adce_async.config.files.keys import dotted_keys, is_secret, model_in, step
from adce_async.config.reading.suggestions import did_you_mean, nearest
from adce_async.redaction import redact

_CONTAINERS = {
    "model_type": "a section with keys of its own",
    "dict_type": "a section with keys of its own",
    "tuple_type": "a list",
    "list_type": "a list",
}


def got(value: Any) -> str:
    """What is there, for a message.

    >>> got("abc"), got(True), got(-1), got([1]), got("2" * 100)[:12]
    ("got 'abc' (text)", 'got true', 'got -1', 'got a list', "got '2222222")
    """
    if value is None:
        return "got no value"
    if isinstance(value, bool):
        return f"got {str(value).lower()}"
    if isinstance(value, int | float):
        return f"got {value}"
    if isinstance(value, str):
        value = redact(value)
        shown = value if len(value) <= 60 else value[:57] + "..."
        return f"got {shown!r} (text)"
    return "got a section" if isinstance(value, dict) else "got a list"


def unknown_key(model: type[Model], path: KeyPath) -> str:
    """The message for a key that `model` does not have at `path`."""
    section: Any = model
    for part in path[:-1]:
        section = step(section, part)
    inner = model_in(section)
    known = dict.fromkeys(inner.key_types()) if inner else {}
    old = {rule.old: rule.new for rule in inner.renamed} if inner else {}
    if (near := nearest(path[-1], [*known, *old])) in old:
        return f"unknown key; did you mean '{old[near]}'?"
    if inner is not None and near is None:
        elsewhere = [dotted for dotted in dotted_keys(model) if dotted.split(".")[-1] == path[-1]]
        if elsewhere:
            return f"unknown key; did you mean '{elsewhere[0]}'?"
    return "unknown key" + did_you_mean(path[-1], known)


def explain(error: ValidationError, model: type[Model]) -> list[tuple[KeyPath, str, str]]:
    """(path, message, kind of error) of everything in `error`, in its order."""
    found: list[tuple[KeyPath, str, str]] = []
    for item in error.errors(include_url=False):
        kind, context = item["type"], item.get("ctx", {})
        path = tuple(str(part) for part in item["loc"] if part != "[key]")
        if kind == "misfits":
            found += [(path + below, message, kind) for below, message in context["problems"]]
        elif kind == "extra_forbidden":
            found.append((path, unknown_key(model, path), kind))
        elif kind == "missing":
            found.append((path, f"missing; expected {_phrase(model, path)}", kind))
        else:
            expected = context.get("phrase") or _CONTAINERS.get(kind) or item["msg"]
            shown = "got something else (not shown)" if is_secret(".".join(path)) else got(item["input"])
            found.append((path, f"{shown}; expected {expected}", kind))
    return found


def _phrase(model: type[Model], path: KeyPath) -> str:
    section: Any = model
    for part in path[:-1]:
        section = step(section, part)
    inner = model_in(section)
    if inner is None:
        return "a value"
    for name, info in inner.model_fields.items():
        if (info.alias or name) == path[-1]:
            return next((one.phrase for one in info.metadata if isinstance(one, Expected)), "a value")
    return "a value"
