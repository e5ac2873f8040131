"""Stored objects as columns, and back."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa

from adce_async.model.coverage import StoredObject
from adce_async.model.stored_columns import StoredColumns

OBJECTS = [StoredObject(f"a/{n}.json", n, f"{n:x}", 1.7e9 + n, verified=n % 2 == 0) for n in range(5)]


def test_objects_come_back_as_they_were() -> None:
    columns = StoredColumns.of(iter(OBJECTS))
    assert len(columns) == 5
    assert columns.to_objects() == OBJECTS


def test_none_at_all_have_their_types_all_the_same() -> None:
    columns = StoredColumns.of(())
    assert (len(columns), columns.to_objects()) == (0, [])
    assert (columns.keys.type, columns.sizes.type, columns.modified.type) == (pa.string(), pa.int64(), pa.float64())


def test_what_is_not_known_to_be_ours_is_not_verified() -> None:
    known = StoredColumns.of(OBJECTS)
    columns = StoredColumns(known.keys, known.sizes, known.modified, known.etags)
    assert not any(one.verified for one in columns.to_objects())


def test_knowing_of_columns_takes_no_pyarrow() -> None:
    script = "import sys, adce_async.model.stored_columns; assert 'pyarrow' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
