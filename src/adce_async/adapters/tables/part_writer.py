"""Writes the rows of one part: what is kept of its files, then what was read anew. Bounded in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adce_async.adapters.tables.arrow_types import batch_of, schema_of
from adce_async.errors import StoreError
from adce_async.model.lake_tables import Row

ROW_GROUP = 20_000
"""Rows that are collected before they are written."""


class FilePartWriter:
    """`ports.PartWriter` into a Parquet file a table. Several threads may add."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        """`paths`: table -> its file; next to it a temporary one is written."""
        self._paths = paths
        self._files: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._rows: dict[str, int] = {}
        self._discarded: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, table: str, old: Path, keys: Mapping[str, float]) -> None:
        """Take over the rows of these objects from an older file, with when they were fetched as it is known now."""
        if not keys or not old.exists():
            return
        try:
            for batch in kept_rows(old, table, keys):
                self._take(table, batch)
        except pa.ArrowException as error:
            raise StoreError(f"{old}: damaged ({error}); remove it, and make the tables again") from error

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """See `ports.PartWriter`."""
        if rows:
            self._take(table, batch_of(table, rows))

    def discard(self, key: str) -> None:
        """See `ports.PartWriter`."""
        self._discarded.add(key)

    def close(self) -> dict[str, int]:
        """Put the files in their places; rows by table, for those that have any."""
        for table in list(self._waiting):
            self._flush(table)
        held = {}
        for table, writer in self._files.items():
            writer.close()
            temporary = _temporary(self._paths[table])
            rows = self._without(table, temporary) if self._discarded else self._rows[table]
            if rows:
                temporary.replace(self._paths[table])
                held[table] = rows
            else:
                temporary.unlink()
        return held

    def abandon(self) -> None:
        """Leave everything as it was."""
        for table, writer in self._files.items():
            writer.close()
            _temporary(self._paths[table]).unlink(missing_ok=True)

    def _take(self, table: str, batch: pa.RecordBatch) -> None:
        with self._lock:
            waiting = self._waiting.setdefault(table, [])
            waiting.append(batch)
            if sum(one.num_rows for one in waiting) >= ROW_GROUP:
                self._flush(table)

    def _flush(self, table: str) -> None:
        batches = self._waiting.pop(table, [])
        rows = sum(one.num_rows for one in batches)
        if not rows:
            return
        if table not in self._files:
            self._files[table] = writer_of(_temporary(self._paths[table]), schema_of(table))
        self._files[table].write_table(pa.Table.from_batches(batches))
        self._rows[table] = self._rows.get(table, 0) + rows

    def _without(self, table: str, path: Path) -> int:
        """Write the file once more, without what was discarded; its rows."""
        again = path.with_name(f"again-{path.name}")
        left = 0
        with writer_of(again, schema_of(table)) as file:
            for batch in pq.ParquetFile(path).iter_batches(ROW_GROUP):
                good = batch.filter(pc.invert(pc.is_in(batch["key"], pa.array(sorted(self._discarded), pa.string()))))
                left += good.num_rows
                file.write_batch(good)
        again.replace(path)
        return left


def writer_of(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """All our files are written alike: small, and read by everything."""
    return pq.ParquetWriter(path, schema, compression="zstd")


def kept_rows(old: Path, table: str, keys: Mapping[str, float]) -> Iterator[pa.RecordBatch]:
    """The rows of these objects, with other times."""
    names = sorted(keys)
    lookup = pa.array(names, pa.string())
    micros = [round(keys[name] * 1_000_000) for name in names]
    times = pa.array(micros, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    schema = schema_of(table)
    place = schema.get_field_index("fetched_at")
    for batch in pq.ParquetFile(old).iter_batches(ROW_GROUP, columns=schema.names):
        rows = batch.filter(pc.is_in(batch["key"], lookup))
        if rows.num_rows:
            found = times.take(pc.index_in(rows["key"], lookup))
            columns = [found if number == place else column for number, column in enumerate(rows.columns)]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp")
