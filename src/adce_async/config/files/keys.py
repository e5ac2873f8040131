"""Walks through the keys of the models: what may stand where, what does, and what of it was changed."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Union

from adce_async.config.files.base import KeyPath, Model
from adce_async.model.coverage import Priority
from adce_async.redaction import is_secret_name


def step(annotation: Any, key: str) -> Any:
    """The type of what stands under `key` in a value of type `annotation`; None if it knows no such key."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return step(args[0], key)
    if origin in (Union, types.UnionType):
        return next((found for member in args if (found := step(member, key)) is not None), None)
    if origin is dict:
        return args[1]
    if origin is tuple:
        return args[0]
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation.key_types().get(key, annotation.entries)
    return None


def model_in(annotation: Any) -> type[Model] | None:
    """The model that a value of type `annotation` is, if it is one."""
    if typing.get_origin(annotation) in (Annotated, Union, types.UnionType):
        return next((found for member in typing.get_args(annotation) if (found := model_in(member))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, Model) else None


def leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """(key, value) of everything in a model that is no section itself; keys as they are written."""
    if isinstance(value, Model):
        for name, field in type(value).model_fields.items():
            yield from leaves(getattr(value, name), (*path, field.alias or name))
        for name, extra in (value.model_extra or {}).items():
            yield from leaves(extra, (*path, name))
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key.name if isinstance(key, Priority) else str(key)))
    elif isinstance(value, tuple) and any(isinstance(item, Model) for item in value):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, str(index)))
    else:
        yield path, value


_NO_DEFAULT: Any = object()


def changes(value: Any, default: Any = _NO_DEFAULT, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any, Any]]:
    """(key, value, default) of each of `leaves` that is not what it would be if nobody had said anything.

    What has no default has None for it.
    """
    if isinstance(value, Model):
        for name, field in type(value).model_fields.items():
            known = _NO_DEFAULT if field.is_required() else field.get_default(call_default_factory=True)
            before = getattr(default, name) if type(default) is type(value) else known
            yield from changes(getattr(value, name), before, (*path, field.alias or name))
        for name, extra in (value.model_extra or {}).items():
            yield from changes(extra, _NO_DEFAULT, (*path, name))
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            before = default.get(key, _NO_DEFAULT) if isinstance(default, dict) else _NO_DEFAULT
            yield from changes(item, before, (*path, key.name if isinstance(key, Priority) else str(key)))
    elif isinstance(value, tuple) and any(isinstance(item, Model) for item in value):
        for index, item in enumerate(value):
            yield from changes(item, _NO_DEFAULT, (*path, str(index)))
    elif value != default and not (default is _NO_DEFAULT and value is None):
        yield path, value, None if default is _NO_DEFAULT else default


def is_secret(key: str) -> bool:
    """True if what stands under `key` must not be shown.

    >>> is_secret("alerts.channels.slack.webhook_url"), is_secret("health_check.port")
    (True, False)
    """
    return is_secret_name(key.rpartition(".")[2])


def dotted_keys(model: type[Model], prefix: KeyPath = ()) -> Iterable[str]:
    """All keys of `model` that have fixed names, dotted, from the top."""
    for name, annotation in model.key_types().items():
        yield ".".join((*prefix, name))
        inner = model_in(annotation)
        if inner is not None:
            yield from dotted_keys(inner, (*prefix, name))


def fold(path: KeyPath) -> KeyPath:
    """`path` as places are looked up: without regard to case, as names of sources are."""
    return tuple(part.lower() for part in path)


def matches(pattern: KeyPath, path: KeyPath) -> bool:
    """True if `path` is of the form of `pattern`, in which `*` stands for any one part.

    >>> matches(("scrapers", "*", "tier"), ("scrapers", "x", "tier")), matches(("a", "*"), ("a",))
    (True, False)
    """
    return len(pattern) == len(path) and all(want in ("*", part) for want, part in zip(pattern, path, strict=True))
