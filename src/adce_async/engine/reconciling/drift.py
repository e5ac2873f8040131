"""What a full listing finds otherwise than the index had it: the index was wrong there, and nobody had said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from adce_async.engine.reconciling.stored_file import select, take, verified_of
from adce_async.model.coverage import StoredObject
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.sorted_keys import places_among

MOST_NAMED = 100_000
"""So many single objects are taken in one by one; more than that is a lake to be looked at anew."""


@dataclass(slots=True)
class Drift:
    """Counts of objects by kind, and what is at their keys now, as long as that is not too many."""

    appeared: int = 0
    vanished: int = 0
    changed: int = 0
    now: dict[str, StoredObject | None] | None = field(default_factory=dict)
    """Also of objects with the same content at another time; None: too many."""

    @property
    def count(self) -> int:
        """All of them."""
        return self.appeared + self.vanished + self.changed

    def add(self, before: StoredColumns, after: StoredColumns, known: Callable[[str], bool]) -> StoredColumns:
        """Compare what was known of some keys with what was listed; both in order of their keys.

        Keys that are `known` better than by either are none of it. Returns what was listed, with what was known of how
        it was stored where the listing does not know (`StoredColumns.verified`).
        """
        import pyarrow.compute as pc  # noqa: PLC0415

        at = places_among(after.keys, before.keys)
        here = take(before, at)
        both = at.is_valid()
        same = pc.and_(pc.equal(after.etags, here.etags), pc.equal(after.sizes, here.sizes))
        same = pc.fill_null(same, fill_value=False)
        if after.verified is None:
            ours = pc.and_(same, pc.fill_null(verified_of(here), fill_value=False))
            modified = pc.if_else(ours, here.modified, after.modified)
            after = StoredColumns(after.keys, after.sizes, modified, after.etags, ours)
        touched = pc.and_(same, pc.not_equal(after.modified, here.modified))
        gone = places_among(before.keys, after.keys).is_null()
        self.appeared += self._enter(select(after, pc.invert(both)), known)
        self.changed += self._enter(select(after, pc.and_not(both, same)), known)
        self._enter(select(after, pc.fill_null(touched, fill_value=False)), known)
        self.vanished += self._enter(select(before, gone), known, gone=True)
        return after

    def _enter(self, some: StoredColumns, known: Callable[[str], bool], *, gone: bool = False) -> int:
        if self.now is None or len(self.now) + len(some) > MOST_NAMED:
            self.now = None
            return len(some)
        found = [one for one in some.to_objects() if not known(one.key)]
        self.now.update((one.key, None if gone else one) for one in found)
        return len(found)
