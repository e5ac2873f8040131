"""Many stored objects as columns: what a listing of millions is made of, without an object a key.

pyarrow is imported where columns are made, so that who has few objects never has it in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adce_async.model.coverage import StoredObject

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class StoredColumns:
    """Objects in columns of the same length, in any order; no column has nulls."""

    keys: pa.StringArray
    sizes: pa.Int64Array
    """Bytes."""
    modified: pa.DoubleArray
    """Seconds since the epoch (UTC)."""
    etags: pa.StringArray
    """Without quotes."""
    verified: pa.BooleanArray | None = None
    """Which of them we stored ourselves, as they are; None where who lists does not know."""

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, objects: Iterable[StoredObject]) -> StoredColumns:
        """Columns of single objects.

        >>> one = StoredObject("espn/1.json", 5000, "c0ffee", 1.7e9, verified=True)
        >>> StoredColumns.of([one]).to_objects() == [one]
        True
        """
        import pyarrow as pa  # noqa: PLC0415 - see above

        several = objects if isinstance(objects, Sequence) else list(objects)
        return cls(
            pa.array([one.key for one in several], pa.string()),
            pa.array([one.size for one in several], pa.int64()),
            pa.array([one.modified for one in several], pa.float64()),
            pa.array([one.etag for one in several], pa.string()),
            pa.array([one.verified for one in several], pa.bool_()),
        )

    def to_objects(self) -> list[StoredObject]:
        """Single objects; `verified` is False where it is not known."""
        verified = [False] * len(self) if self.verified is None else self.verified.to_pylist()
        columns = (self.keys, self.sizes, self.etags, self.modified)
        return [
            StoredObject(key, size, etag, at, known)
            for key, size, etag, at, known in zip(*(column.to_pylist() for column in columns), verified, strict=True)
        ]
