"""Settings that are understood and validated, and that nothing acts on yet: said aloud where somebody sets one."""

from __future__ import annotations

from collections.abc import Iterator

from adce_async.config.files.base import KeyPath
from adce_async.config.files.keys import changes
from adce_async.config.settings import DEFAULT, Settings
from adce_async.errors import Problem

PENDING: dict[str, str] = {
    "reconciliation_config.prefixes": "what is listed follows from the inventory's patterns",
}
"""Dotted key, or the section it is in (`*`: any name) -> what holds instead."""


def pending(settings: Settings) -> Iterator[Problem]:
    """A warning for each of these that somebody has set to something else than its default, once a section."""
    set_at: dict[str, list[KeyPath]] = {}
    for name, model in settings.models.items():
        if any(key.startswith(f"{name}.") for key in PENDING):
            for path, _, _ in changes(model):
                key = _section((name, *path))
                if key and settings.origins.get(".".join((name, *path)), DEFAULT) != DEFAULT:
                    set_at.setdefault(key, []).append((name, *path))
    for key, paths in set_at.items():
        more = f" ({len(paths) - 1} more in {key.partition('.')[2]})" if len(paths) > 1 else ""
        yield settings.problem(".".join(paths[0]), f"has no effect yet: {PENDING[key]}{more}")


def _section(path: KeyPath) -> str | None:
    """The key of `PENDING` that `path` is in."""
    for key in PENDING:
        parts = key.split(".")
        if len(parts) <= len(path) and all(a in ("*", b) for a, b in zip(parts, path, strict=False)):
            return key
    return None


def unheard(settings: Settings) -> Iterator[Problem]:
    """A warning for each of these that somebody has set for a lake in a folder, of which nobody tells anything."""
    if settings.paths.lake.startswith("s3://"):
        return
    message = f"has no effect yet: the lake is {settings.paths.lake}, and only of one in S3 do others tell"
    if settings.reconciliation.events.queue_url is not None:
        yield settings.problem("reconciliation_config.events.queue_url", message)
    if settings.reconciliation.s3.use_aws_inventory:
        yield settings.problem("reconciliation_config.s3.use_aws_inventory", message)


def reason_of(path: KeyPath) -> str | None:
    """What holds instead of the key at `path` (the file's name first); None if it has an effect."""
    key = _section(path)
    return PENDING[key] if key else None
