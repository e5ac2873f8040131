"""`planning.diff` for a lake that is looked at again and again: what is known of each expected key, in columns.

A row an expectation: whether it is stored, how large, since when. What has changed is entered row by row; what that, or
the time that has passed, makes of the whole is computed over the columns, without an object a key. Gaps are made of
those rows only that are asked for.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adce_async.model.adoption import Copies
from adce_async.model.coverage import Coverage, DataType, Gap, GapKind, StoredObject
from adce_async.model.days import LATE_HOURS
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.diff import NO_COPIES, RECOLLECTED_WITHIN, RELIST_SECONDS, flaw, missing, recollects
from adce_async.planning.expectations import Expectations
from adce_async.planning.listing import Waiting
from adce_async.planning.sorted_keys import places_among

if TYPE_CHECKING:
    import pyarrow as pa

_OURS, _FOUND_GOOD = 1, 2
"""Who says that an object is good: we stored it, or somebody else did and it was looked into since."""
_MOST_SIZE = 2**32 - 1
"""A larger object counts as that large: it is not too small for anything, and half the memory does."""
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
        self.gap_rows: Sequence[int] = ()
        self._stored, self._verified = bytearray(size), bytearray(size)
        self._sizes = array("I", bytes(4 * size))
        self._modified = array("d", bytes(8 * size))
        self._etags: dict[int, str] | None = {} if etags else None
        self._closes: array[float] | None = None
        self._deadlines: array[float] | None = None
        self._evaluated_at = 0.0
        self._copies = NO_COPIES

    # -- what is stored --------------------------------------------------------------------------------------------

    def take(self, stored: StoredColumns) -> None:
        """All that is stored of the expected keys, whatever was known before; others may be among it."""
        size = len(self.expected)
        self._stored, self._verified = bytearray(size), bytearray(size)
        if self._etags is not None:
            self._etags = {}
        if not size or not len(stored):
            return
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory
        import pyarrow.compute as pc  # noqa: PLC0415

        places = places_among(self.expected.column(), stored.keys)
        there = places.is_valid()
        self._stored = bytearray(_raw(there.cast(pa.uint8())))
        self._sizes = _copied("I", pc.fill_null(_narrow(stored.sizes).take(places), 0))
        self._modified = _copied("d", pc.fill_null(stored.modified.take(places), 0.0))
        if stored.verified is not None:
            self._verified = bytearray(_raw(pc.fill_null(stored.verified.take(places), False).cast(pa.uint8())))
        if self._etags is not None:
            rows = pc.indices_nonzero(there)
            self._etags = dict(zip(rows.to_pylist(), stored.etags.take(places.take(rows)).to_pylist(), strict=True))

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
        kinds: bytearray = bytearray()
        if len(self.expected):
            kinds, provisional = self._kinds(now)
            named = (self.expected.find(key) for key in {*self.invalid, *self.waiting})
            self._one_by_one(kinds, {*provisional, *(row for row in named if row is not None)}, now)
        self._count(kinds)
        self.gap_rows = _nonzero(kinds) if len(kinds) > kinds.count(0) else ()

    def gaps(self, rows: Iterable[int]) -> list[Gap]:
        """The gaps at these rows, which are some of `gap_rows`."""
        found = []
        for row in rows:
            stored = self._object(row)
            gap = missing(self.expected[row]) if stored is None else self._flaw(row, stored, self._evaluated_at)
            if gap is not None:
                found.append(gap)
        return found

    def deadlines(self, rows: Sequence[int]) -> Sequence[float]:
        """When each of them closed, or was due where nothing closes it; the same as `Task.due`."""
        if self.expected.same_times:
            one = self.expected[0] if rows else None
            return [0.0 if one is None else one.closes or one.due] * len(rows)
        if self._deadlines is None:
            self._deadlines = array("d", (one.closes or one.due for one in self.expected))
        return [self._deadlines[row] for row in rows]

    def _kinds(self, now: float) -> tuple[bytearray, Sequence[int]]:
        """The code of each row by presence, size and age alone; and the rows that may have to be stored once more."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        def code(kind: GapKind) -> pa.Scalar:
            return pa.scalar(_CODES[kind], pa.uint8())

        sound = pc.equal(_column(pa.uint8(), self._stored), 1)
        kinds = pc.if_else(sound, pa.scalar(0, pa.uint8()), code(GapKind.MISSING))
        if self.data_type.min_bytes > 0:
            small = pc.and_(sound, pc.less(_column(pa.uint32(), self._sizes), self.data_type.min_bytes))
            kinds = pc.if_else(small, code(GapKind.SMALL), kinds)
            sound = pc.and_not(sound, small)
        freshness = self.data_type.freshness_seconds
        provisional: Sequence[int] = ()
        once_more = recollects(self.data_type, self.season, now)
        if freshness is not None or once_more:
            modified, copied = self._times()
            closes = self._closing()
            if freshness is not None:
                ages = pc.or_(pc.less(modified, closes), copied)
                fresh = pc.and_not(pc.less_equal(pc.subtract(now, modified), freshness), copied)
                kinds = pc.if_else(pc.and_(sound, pc.and_not(ages, fresh)), code(GapKind.STALE), kinds)
                oldest = pc.min(modified.filter(pc.and_(pc.and_(sound, ages), fresh))).as_py()
                self.until = math.inf if oldest is None else oldest + freshness
            if once_more:
                early = pc.less(modified, pc.add(closes, LATE_HOURS))
                lately = pc.and_(pc.less(now, pc.add(closes, RECOLLECTED_WITHIN)), pc.is_finite(closes))
                provisional = _nonzero(pc.and_(sound, pc.and_(early, lately)))
        return bytearray(_raw(kinds)), provisional

    def _times(self) -> tuple[pa.DoubleArray, pa.BooleanArray]:
        """When each object was current as far as is known, and whether its time is that of a copy (then it is 0)."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        modified = _column(pa.float64(), self._modified)
        copied = pa.repeat(pa.scalar(False, pa.bool_()), len(self.expected))
        for first, last in self._copies.spans:
            within = pc.and_(pc.greater_equal(modified, first), pc.less_equal(modified, last))
            copied = pc.or_(copied, within)
        if self._copies.spans:
            copied = pc.and_(copied, pc.not_equal(_column(pa.uint8(), self._verified), _OURS))
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

    def _closing(self) -> pa.DoubleArray | float:
        """When what each row stands for closes; never: infinite."""
        import pyarrow as pa  # noqa: PLC0415

        if self.expected.same_times:
            closes = self.expected[0].closes
            return math.inf if closes is None else closes
        if self._closes is None:
            self._closes = array("d", (math.inf if one.closes is None else one.closes for one in self.expected))
        return _column(pa.float64(), self._closes)

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


def _raw(column: pa.Array) -> memoryview:
    """The values of a column without nulls, as they lie in memory."""
    width = column.type.bit_width // 8
    values = memoryview(column.buffers()[1])
    return values[column.offset * width : (column.offset + len(column)) * width]


def _column(kind: pa.DataType, values: bytearray | array[float] | array[int]) -> pa.Array:
    """A column over values that lie elsewhere, without a copy."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _narrow(sizes: pa.Int64Array) -> pa.UInt32Array:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    return pc.min_element_wise(sizes, pa.scalar(_MOST_SIZE, pa.int64())).cast(pa.uint32())


def _copied(code: str, column: pa.Array) -> array[Any]:
    """The values of a column, to be changed."""
    values: array[Any] = array(code)
    values.frombytes(_raw(column))
    return values


def _nonzero(kinds: bytearray | pa.BooleanArray) -> Sequence[int]:
    """The rows that are not 0, or true."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    column = _column(pa.uint8(), kinds) if isinstance(kinds, bytearray) else kinds
    return _copied("Q", pc.indices_nonzero(column))
