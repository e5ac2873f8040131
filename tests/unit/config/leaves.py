"""All keys that may stand in the four files and are no sections, from the types of the models."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

from adce_async.config.files.base import KeyPath, Model
from adce_async.config.settings import MODELS

Field = tuple[type[Model], str]


class Leaf(typing.NamedTuple):
    """A key that is no section: its path (`*`: any name), and the fields on the way to it."""

    path: KeyPath
    fields: tuple[Field, ...]


def leaves(annotation: Any, path: KeyPath, fields: tuple[Field, ...]) -> Iterator[Leaf]:
    """All leaves in a value of this type."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Model):
        for name, info in annotation.model_fields.items():
            yield from leaves(info.annotation, (*path, info.alias or name), (*fields, (annotation, name)))
        if annotation.entries:
            yield from leaves(annotation.entries, (*path, "*"), fields)
    elif origin in (typing.Union, types.UnionType, typing.Annotated):
        inner = [one for arg in args if isinstance(arg, type | types.GenericAlias) for one in leaves(arg, path, fields)]
        yield from inner if any(len(one.path) > len(path) for one in inner) else [Leaf(path, fields)]
    elif origin is dict and any(len(one.fields) > len(fields) for one in leaves(args[1], path, fields)):
        yield from leaves(args[1], (*path, "*"), fields)
    elif origin is tuple and any(len(one.fields) > len(fields) for one in leaves(args[0], path, fields)):
        yield from leaves(args[0], (*path, "*"), fields)
    else:
        yield Leaf(path, fields)


LEAVES = [leaf for file, model in MODELS.items() for leaf in leaves(model, (file,), ())]
