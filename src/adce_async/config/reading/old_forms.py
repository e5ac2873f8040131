"""Entries in the form of the system before this one: they can't be read, and `adce migrate` is the way on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adce_async.config.files.base import KeyPath
from adce_async.config.reading.layers import Layer
from adce_async.errors import Problem

_FOLDERS = ("config", "inventory")
_NEW_SCRAPER = frozenset(("source", "uses", "url", "check"))
_OLD_SCRAPER = frozenset(
    ("base_url", "url_pattern", "retry", "storage", "monitoring", "custom_settings", "accepted_parameters")
)


def old_entries(name: str, data: Any) -> Iterator[KeyPath]:
    """Where the entries in the old form are, in a file's plain data; `name`: the file's, without its ending.

    >>> list(old_entries("scraper_config", {"scrapers": {"a": {"base_url": "https://a.test"}, "b": {"source": "x"}}}))
    [('scrapers', 'a')]
    """
    if name == "scraper_config":
        for key, entry in _section(data, "scrapers").items():
            if isinstance(entry, dict) and _NEW_SCRAPER.isdisjoint(entry) and not _OLD_SCRAPER.isdisjoint(entry):
                yield "scrapers", key
    elif name == "data_inventory":
        for source, held in _section(data, "expected_coverage").items():
            for key, one in _section(held, "data_types").items():
                is_on = isinstance(one, dict) and one.get("enabled") is not False
                if is_on and "path_patterns" in one and not one.get("scraper"):
                    yield "expected_coverage", source, "data_types", key


def advice(path: Path) -> str:
    """The command that turns the old file at `path` into a new one."""
    parent = path.parent
    folder = parent.parent if parent.name in _FOLDERS else parent
    return f"`adce migrate {shlex.quote(str(folder))}`"


def old_form(path: Path, layer: Layer, old: list[KeyPath]) -> Problem:
    """All entries in the old form as one problem, at the first of them."""
    lacking = "names no 'source'" if old[0][0] == "scrapers" else "names no 'scraper'"
    count = f"{len(old)} entries, each of which {lacking}" if len(old) > 1 else f"an entry that {lacking}"
    message = f"old form: {advice(path)} writes new files beside the old ones ({count})"
    return layer.nearest(old[0], str(path)).problem(message, ".".join(old[0][:1]))


def _section(data: Any, key: str) -> dict[str, Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}
