"""Settings for people: every value with who set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adce_async.config.files.keys import changes, is_secret, leaves
from adce_async.config.settings import DEFAULT, Settings
from adce_async.model.counted_values import CountedValues
from adce_async.model.coverage import Priority
from adce_async.redaction import HIDDEN, redact


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One value: its dotted key with the file in front, what it is, what it is by default, and who set it."""

    path: str
    value: Any
    """Ready for JSON; secrets are masked."""
    origin: str
    default: Any = None
    """None also if there is none."""
    differs: bool = False


def rows(settings: Settings) -> list[ShownValue]:
    """Every leaf value of all four files, then the paths, in their order."""
    shown: list[ShownValue] = []
    for file, model in settings.models.items():
        changed = {path: default for path, _, default in changes(model)}
        for path, value in leaves(model):
            dotted = ".".join((file, *path))
            default = _plain(dotted, changed.get(path, value))
            origin = settings.origins[dotted]
            shown.append(ShownValue(dotted, _plain(dotted, value), origin, default, path in changed))
    for name in settings.paths.__slots__:
        dotted = f"paths.{name}"
        value = getattr(settings.paths, name)
        origin = settings.origins[dotted]
        text = None if value is None else str(value)
        shown.append(ShownValue(dotted, text, origin, text if origin == DEFAULT else None, origin != DEFAULT))
    return shown


def _plain(dotted: str, value: Any) -> Any:
    if isinstance(value, Priority):
        return value.name
    if isinstance(value, CountedValues):
        return value.written
    if isinstance(value, tuple):
        return [_plain(dotted, item) for item in value]
    if not isinstance(value, str):
        return value
    return HIDDEN if value and is_secret(dotted) else redact(value)
