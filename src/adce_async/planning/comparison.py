"""`planning.diff` for a lake that is looked at again and again: what is known of each expected key, in columns.

A row an expectation: whether it is stored, how large, since when. What has changed is entered row by row; what that, or
the time that has passed, makes of the whole is computed over the columns, without an object a key. Gaps are made of
those rows only that are asked for.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from adce_async.model.adoption import Copies
from adce_async.model.coverage import Coverage, DataType, Gap, GapKind, StoredObject
from adce_async.model.days import LATE_HOURS
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.diff import NO_COPIES, RECOLLECTED_WITHIN, RELIST_SECONDS, flaw, missing, recollects
from adce_async.planning.expectations import Expectations
from adce_async.planning.listing import Waiting
from adce_async.planning.scattering import raw, scatter

if TYPE_CHECKING:
    import pyarrow as pa

_OURS, _FOUND_GOOD = 1, 2
"""Who says that an object is good: we stored it, or somebody else did and it was looked into since."""
_MOST_SIZE = 2**32 - 1
"""A larger object counts as that large: it is not too small for anything, and half the memory does."""
_AT_ONCE, _ROUNDS = 131_072, 16
"""Rows that are entered together: so many, or this part of all."""
_SLICE = 1_000_000
"""Rows that are evaluated together: what that needs in between is some 30 bytes a row."""
_CODES = {GapKind.MISSING: 1, GapKind.STALE: 2, GapKind.SMALL: 3, GapKind.INVALID: 4}


class Comparison:
    """One data type and season. `invalid`, `waiting`: see `diff`; who changes them evaluates anew."""

    def __init__(self, data_type: DataType, season: str | None, expected: Expectations, *, etags: bool = False) -> None:
        """`etags`: remember those, too (of listings, which are read when they have changed)."""
        size = len(expected)
        self.data_type = data_type
        self.season = season
        self.expected = expected
        self.invalid: Mapping[str, str] = {}
        self.waiting: Mapping[str, Waiting] = {}
        self.coverage = Coverage(data_type.source, data_type.name, season, required=data_type.required)
        self.until = math.inf
        """When the next of what is good will be stale, if nothing else changes (seconds since the epoch)."""
        self._kinds = bytearray()
        self._stored, self._verified = bytearray(size), bytearray(size)
        self._sizes = array("I", bytes(4 * size))
        self._modified = array("d", bytes(8 * size))
        self._etags: dict[int, str] | None = {} if etags else None
        self._evaluated_at = 0.0
        self._copies = NO_COPIES

    # -- what is stored --------------------------------------------------------------------------------------------

    def take(self, stored: Iterable[StoredColumns]) -> None:
        """All that is stored of the expected keys, whatever was known before; in any order, others may be among it."""
        size = len(self.expected)
        self._stored, self._verified = bytearray(size), bytearray(size)
        if self._etags is not None:
            self._etags = {}
        places_of, waiting, rows = self.expected.places() if size else None, [], 0
        for columns in stored:
            if places_of is None or not len(columns):
                continue
            found = _those_found(places_of(columns.keys), columns, etags=self._etags is not None)
            waiting.append(found)
            rows += len(found.places)
            if rows >= max(_AT_ONCE, size // _ROUNDS):  # each round goes through all rows that it lies between
                self._enter(waiting)
                waiting, rows = [], 0
        if rows:
            self._enter(waiting)

    def _enter(self, several: Sequence[_Found]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory

        places, sizes, modified, verified = (
            pa.concat_arrays([getattr(found, name) for found in several])
            for name in ("places", "sizes", "modified", "verified")
        )
        scatter(pa.repeat(pa.scalar(1, pa.uint8()), len(places)), places, self._stored)
        for values, into in ((sizes, self._sizes), (modified, self._modified), (verified, self._verified)):
            scatter(values, places, into)
        if self._etags is not None:
            for found in several:
                self._etags.update(zip(found.places.to_pylist(), found.etags.to_pylist(), strict=True))

    def put(self, key: str, found: StoredObject | None) -> bool:
        """`found` is stored at `key` now (None: nothing is); False if that is not expected."""
        row = self.expected.find(key)
        if row is None:
            return False
        self._stored[row] = found is not None
        self._verified[row] = _OURS if found is not None and found.verified else 0
        if found is not None:
            self._sizes[row], self._modified[row] = min(found.size, _MOST_SIZE), found.modified
        if self._etags is not None:
            if found is None:
                self._etags.pop(row, None)
            else:
                self._etags[row] = found.etag
        return True

    @property
    def unverified(self) -> bool:
        """True if anything is stored of which nobody knows that it is good."""
        return self._stored.count(1) > len(self._verified) - self._verified.count(0)

    def verify(self, key: str) -> None:
        """The object at `key` is somebody else's, and was found good."""
        row = self.expected.find(key)
        if row is not None and self._stored[row] and not self._verified[row]:
            self._verified[row] = _FOUND_GOOD

    def get(self, key: str) -> StoredObject | None:
        """What is known of the object at `key`; None if it is not stored, or not expected. `etag` only where kept."""
        row = self.expected.find(key)
        return None if row is None else self._object(row)

    def objects(self) -> dict[str, StoredObject]:
        """All that is stored, by key. Only for data types with few."""
        keys = self.expected.keys
        return {keys[row]: self._known(row) for row, there in enumerate(self._stored) if there}

    def _object(self, row: int) -> StoredObject | None:
        return self._known(row) if self._stored[row] else None

    def _known(self, row: int) -> StoredObject:
        etag = self._etags.get(row, "") if self._etags is not None else ""
        return StoredObject(
            self.expected.keys[row], self._sizes[row], etag, self._modified[row], verified=self._verified[row] == _OURS
        )

    # -- what that comes to ----------------------------------------------------------------------------------------

    def evaluate(self, now: float, copies: Copies = NO_COPIES) -> None:
        """Count anew, and find the rows that are gaps at `now`. `copies`: see `diff`."""
        self._evaluated_at, self._copies, self.until = now, copies, math.inf
        kinds, size = bytearray(), len(self.expected)
        suspect: set[int] = set()
        for first in range(0, size, _SLICE):
            some, provisional = self._kinds_of(first, min(first + _SLICE, size), now)
            kinds += some
            suspect.update(provisional)
        named = (self.expected.find(key) for key in {*self.invalid, *self.waiting})
        self._one_by_one(kinds, {*suspect, *(row for row in named if row is not None)}, now)
        self._kinds = kinds
        self._count(kinds)

    @property
    def gap_count(self) -> int:
        """How many rows are gaps."""
        return len(self._kinds) - self._kinds.count(0)

    def gap_rows(self, first: int = 0, last: int | None = None) -> pa.Int64Array:
        """Those from `first` on and before `last` that are gaps, in their order."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        end = len(self._kinds) if last is None else min(last, len(self._kinds))
        kinds = _column(pa.uint8(), self._kinds, first, end)
        return pc.add(pc.indices_nonzero(kinds).cast(pa.int64()), first)

    def gaps(self, rows: Iterable[int]) -> list[Gap]:
        """The gaps at these rows, which are some of `gap_rows`."""
        found = []
        for row in rows:
            stored = self._object(row)
            gap = missing(self.expected[row]) if stored is None else self._flaw(row, stored, self._evaluated_at)
            if gap is not None:
                found.append(gap)
        return found

    def deadlines(self, rows: pa.Int64Array) -> pa.DoubleArray:
        """When each of them closed, or was due where nothing closes it; the same as `Task.due`."""
        return self.expected.times().deadlines(rows)

    def _kinds_of(self, first: int, last: int, now: float) -> tuple[memoryview, Sequence[int]]:
        """The codes of these rows by presence, size and age alone; and those that may have to be stored once more."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        def code(kind: GapKind) -> pa.Scalar:
            return pa.scalar(_CODES[kind], pa.uint8())

        sound = pc.equal(_column(pa.uint8(), self._stored, first, last), 1)
        kinds = pc.if_else(sound, pa.scalar(0, pa.uint8()), code(GapKind.MISSING))
        if self.data_type.min_bytes > 0:
            sizes = _column(pa.uint32(), self._sizes, first, last)
            small = pc.and_(sound, pc.less(sizes, self.data_type.min_bytes))
            kinds = pc.if_else(small, code(GapKind.SMALL), kinds)
            sound = pc.and_not(sound, small)
        freshness = self.data_type.freshness_seconds
        provisional: Sequence[int] = ()
        once_more = recollects(self.data_type, self.season, now)
        if freshness is not None or once_more:
            modified, copied = self._changed(first, last)
            closes = self.expected.times().closes(first, last)
            if freshness is not None:
                ages = pc.or_(pc.less(modified, closes), copied)
                fresh = pc.and_not(pc.less_equal(pc.subtract(now, modified), freshness), copied)
                kinds = pc.if_else(pc.and_(sound, pc.and_not(ages, fresh)), code(GapKind.STALE), kinds)
                oldest = pc.min(modified.filter(pc.and_(pc.and_(sound, ages), fresh))).as_py()
                self.until = min(self.until, math.inf if oldest is None else oldest + freshness)
            if once_more:
                early = pc.less(modified, pc.add(closes, LATE_HOURS))
                lately = pc.and_(pc.less(now, pc.add(closes, RECOLLECTED_WITHIN)), pc.is_finite(closes))
                again = pc.indices_nonzero(pc.and_(sound, pc.and_(early, lately)))
                provisional = [first + row for row in again.to_pylist()]
        return raw(kinds), provisional

    def _changed(self, first: int, last: int) -> tuple[pa.DoubleArray, pa.BooleanArray]:
        """When each object was current as far as is known, and whether its time is that of a copy (then it is 0)."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        modified = _column(pa.float64(), self._modified, first, last)
        copied = pa.repeat(pa.scalar(False, pa.bool_()), last - first)
        for earliest, latest in self._copies.spans:
            within = pc.and_(pc.greater_equal(modified, earliest), pc.less_equal(modified, latest))
            copied = pc.or_(copied, within)
        if self._copies.spans:
            copied = pc.and_(copied, pc.not_equal(_column(pa.uint8(), self._verified, first, last), _OURS))
            modified = pc.if_else(copied, 0.0, modified)
        return modified, copied

    def _one_by_one(self, kinds: bytearray, rows: Iterable[int], now: float) -> None:
        """What the columns do not tell."""
        recollect, freshness = self.data_type.recollect_seconds, self.data_type.freshness_seconds
        for row in rows:
            found = self._object(row)
            if found is None:
                continue
            gap = self._flaw(row, found, now)
            kinds[row] = 0 if gap is None else _CODES[gap.kind]
            times = [found.modified + seconds for seconds in (recollect, freshness) if seconds is not None]
            if (wait := self.waiting.get(found.key)) is not None:
                times.append(found.modified + max(self._wait, wait.seconds))
            if recollect is not None and (closes := self.expected[row].closes) is not None:
                times.append(closes + RECOLLECTED_WITHIN)
            self.until = min([self.until, *(time for time in times if time > now)])

    def _flaw(self, row: int, found: StoredObject, now: float) -> Gap | None:
        return flaw(
            self.expected[row],
            found,
            self.data_type,
            now=now,
            invalid=self.invalid,
            unsettled=self.waiting,
            copies=self._copies,
        )

    @property
    def _wait(self) -> float:
        return RELIST_SECONDS if self.data_type.freshness_seconds is None else self.data_type.freshness_seconds

    def _count(self, kinds: bytearray) -> None:
        coverage = self.coverage = Coverage(
            self.data_type.source, self.data_type.name, self.season, required=self.data_type.required
        )
        coverage.expected = len(kinds)
        coverage.stored = self._stored.count(1)
        coverage.verified = len(kinds) - self._verified.count(0)
        for row in map(self.expected.find, self.invalid):  # what is known to be wrong is good no more
            coverage.verified -= row is not None and bool(self._verified[row])
        coverage.missing, coverage.stale, coverage.small, coverage.invalid = (
            kinds.count(_CODES[kind]) for kind in (GapKind.MISSING, GapKind.STALE, GapKind.SMALL, GapKind.INVALID)
        )


class _Found(NamedTuple):
    """Stored objects that are expected, and at which rows."""

    places: pa.Int64Array
    sizes: pa.UInt32Array
    modified: pa.DoubleArray
    verified: pa.UInt8Array
    etags: pa.StringArray


def _those_found(places: pa.Int64Array, columns: StoredColumns, *, etags: bool) -> _Found:
    """Those of `columns` that have a place."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    verified = columns.verified
    if verified is None:
        verified = pa.repeat(pa.scalar(False, pa.bool_()), len(columns))
    sizes = pc.min_element_wise(columns.sizes, pa.scalar(_MOST_SIZE, pa.int64())).cast(pa.uint32())
    kept = [places, sizes, columns.modified, verified.cast(pa.uint8()), columns.etags if etags else None]
    if places.null_count:
        there = places.is_valid()
        kept = [None if column is None else column.filter(there) for column in kept]
    return _Found(*kept)


def _column(kind: pa.DataType, values: bytearray | array[float] | array[int], first: int, last: int) -> pa.Array:
    """A column over values that lie elsewhere, without a copy."""
    import pyarrow as pa  # noqa: PLC0415

    whole = pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])
    return whole.slice(first, last - first)
