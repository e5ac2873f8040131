"""Models that use every kind of field, and what they say."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from adce_async.config.files.base import Model, Renamed
from adce_async.config.files.fields import BySource, Flag, Many, PositiveCount, PriorityName, Seconds, Switch, Text


class Inner(Model):
    renamed: ClassVar[tuple[Renamed, ...]] = (Renamed("old", "new"), Renamed("hours", "seconds", factor=3600))
    shorthand: ClassVar[str | None] = "new"

    new: Text = "x"
    seconds: Seconds = 1


class Outer(Model):
    inner: Inner = Inner()
    by_source: BySource[Inner] = {}  # noqa: RUF012
    by_priority: dict[PriorityName, PositiveCount] = {}  # noqa: RUF012
    many: Many[Inner] = ()
    flag: Flag = True
    switch: Switch = False
    optional: Inner | None = None


def errors(model: type[Model], data: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(data)
    return [(".".join(map(str, item["loc"])), item["msg"]) for item in caught.value.errors()]
