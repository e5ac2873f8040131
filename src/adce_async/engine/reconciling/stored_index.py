"""What is stored, as far as we know: kept true by our own puts, by changes that others report, and by full listings."""

from __future__ import annotations

from collections.abc import Iterable

from adce_async.model.coverage import StoredObject
from adce_async.model.stored_change import StoredChange


class StoredIndex:
    """The changes since the last full listing."""

    def __init__(self) -> None:
        self._changed: dict[str, StoredObject | None] = {}

    def put(self, stored: StoredObject, at: float) -> None:
        """We have stored this ourselves, at `at` (seconds since the epoch)."""
        self._changed[stored.key] = stored

    def apply(self, changes: Iterable[StoredChange]) -> set[str]:
        """Others have stored or removed something; returns the keys about which that says something new."""
        keys = set()
        for change in changes:
            found = None if change.removed else StoredObject(change.key, change.size, change.etag, change.at)
            self._changed[change.key] = found
            keys.add(change.key)
        return keys
