"""The data files of S3 Inventory reports, read from local copies into columns: Parquet, CSV (gzip, no header), ORC.

Memory is bounded by a row group, a stripe, or a block of CSV, whatever the size of the file. It is blocking work that
holds the interpreter's lock only for moments: done in a thread. pyarrow is imported when the first file is read.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from adce_async.model.stored_columns import StoredColumns

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET, CSV, ORC = "Parquet", "CSV", "ORC"
NEEDED = ("key", "size", "last_modified_date", "e_tag")
_ABOUT_VERSIONS = ("is_latest", "is_delete_marker")
_CSV_NAMES = {
    "key": "key",
    "size": "size",
    "lastmodifieddate": "last_modified_date",
    "etag": "e_tag",
    "islatest": "is_latest",
    "isdeletemarker": "is_delete_marker",
}
_ROWS = 65_536
_BUFFER = 1 << 20
_CSV_BLOCK = 8 << 20
_OURS = ".adce/"
_ESCAPE = re.compile("%[0-7][0-9A-Fa-f]")
_MOST_ESCAPES = 8
"""So many different ones are replaced in all keys; what has others is decoded one by one."""


def columns_of_csv(schema: str) -> list[str]:
    """Our names of the columns of a CSV file, in order; those that nobody needs keep their own.

    >>> columns_of_csv("Bucket, Key, IsLatest, Size")
    ['Bucket', 'key', 'is_latest', 'size']
    """
    names = [name.strip() for name in schema.split(",")]
    return [_CSV_NAMES.get(name.lower(), name) for name in names]


def missing_columns(file_format: str, schema: str) -> list[str]:
    """What a report with this `fileSchema` does not say of an object, and would have to."""
    present = set(columns_of_csv(schema)) if file_format == CSV else _words(schema)
    return [name for name in NEEDED if name not in present]


def _words(schema: str) -> set[str]:
    """All names of a Parquet or ORC schema."""
    return set("".join(c if c.isalnum() or c == "_" else " " for c in schema).split())


def read_file(path: Path, file_format: str, schema: str, prefix: str) -> Iterator[StoredColumns]:
    """The current objects under `prefix`, under their keys below it.

    Raises ValueError or OSError (pyarrow's own are either) if the file is not what `schema` says.
    """
    batches = {PARQUET: _parquet, CSV: _csv, ORC: _orc}[file_format](path, schema)
    for batch in batches:
        columns = _current(batch, prefix, encoded=file_format == CSV)
        if len(columns):
            yield columns


def _parquet(path: Path, _schema: str) -> Iterator[pa.RecordBatch]:
    parquet = importlib.import_module("pyarrow.parquet")
    # not a whole column of a row group at once: those of a million keys have 100 MB
    with parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as file:
        names = [name for name in (*NEEDED, *_ABOUT_VERSIONS) if name in file.schema_arrow.names]
        yield from file.iter_batches(batch_size=_ROWS, columns=names)


def _orc(path: Path, _schema: str) -> Iterator[pa.RecordBatch]:
    file = importlib.import_module("pyarrow.orc").ORCFile(str(path))
    names = [name for name in (*NEEDED, *_ABOUT_VERSIONS) if name in file.schema.names]
    for number in range(file.nstripes):
        yield file.read_stripe(number, columns=names)


def _csv(path: Path, schema: str) -> Iterator[pa.RecordBatch]:
    arrow, csv = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.csv")
    names = columns_of_csv(schema)
    types = {"key": arrow.string(), "size": arrow.int64(), "e_tag": arrow.string(), "is_latest": arrow.bool_()}
    types |= {"last_modified_date": arrow.timestamp("ms", tz="UTC"), "is_delete_marker": arrow.bool_()}
    wanted = [name for name in names if name in types]
    with arrow.OSFile(str(path)) as raw, arrow.CompressedInputStream(raw, "gzip") as file:
        try:
            reader = csv.open_csv(
                file,
                csv.ReadOptions(column_names=names, block_size=_CSV_BLOCK, use_threads=False),
                csv.ParseOptions(newlines_in_values=False),
                csv.ConvertOptions(
                    column_types=types,
                    include_columns=wanted,
                    null_values=[""],
                    strings_can_be_null=False,
                    true_values=["true"],
                    false_values=["false"],
                ),
            )
        except arrow.ArrowInvalid as error:
            if "Empty CSV" in str(error):  # of a bucket with nothing in it
                return
            raise
        yield from reader


def _current(batch: pa.RecordBatch, prefix: str, *, encoded: bool) -> StoredColumns:
    """Without old versions, markers of deletion, and what is not in the lake."""
    pc = importlib.import_module("pyarrow.compute")
    names = batch.schema.names
    if "is_latest" in names:
        batch = batch.filter(pc.fill_null(batch["is_latest"], True))
    if "is_delete_marker" in names:
        batch = batch.filter(pc.invert(pc.fill_null(batch["is_delete_marker"], False)))
    keys = batch["key"].cast("string")
    if encoded:
        keys = _decoded(keys, pc)
    mine = _under(keys, prefix, pc)
    batch, keys = batch.filter(mine), keys.filter(mine)
    if prefix:
        keys = pc.utf8_slice_codeunits(keys, len(prefix), None)
    for name in ("key", "size", "last_modified_date"):
        if batch[name].null_count:
            raise ValueError(f"objects without {name}")
    return StoredColumns(
        keys,
        batch["size"].cast("int64"),
        _seconds(batch["last_modified_date"]),
        pc.utf8_trim(pc.fill_null(batch["e_tag"].cast("string"), ""), '"'),
    )


def _under(keys: pa.StringArray, prefix: str, pc: Any) -> pa.BooleanArray:
    """Which keys are in the lake, and not ours; none are markers of folders."""
    ours = pc.or_(pc.starts_with(keys, prefix + _OURS), pc.ends_with(keys, "/"))
    return pc.and_(pc.starts_with(keys, prefix), pc.invert(pc.or_(ours, pc.equal(keys, prefix))))


def _decoded(keys: pa.StringArray, pc: Any) -> pa.StringArray:
    """URL-encoded keys as they are. What several have in common (`season%3D`) is replaced in all of them at once.

    One by one, which is slow, go those with letters beyond ASCII, or with what would look like an escape then.
    """
    arrow = importlib.import_module("pyarrow")
    odd = pc.match_substring_regex(keys, "%(25|[^0-7]|$)")
    plain = pc.if_else(odd, "", keys)
    if pc.any(pc.match_substring(plain, "+")).as_py():
        plain = pc.replace_substring(plain, "+", " ")
    for _ in range(_MOST_ESCAPES):
        first = pc.index(pc.match_substring(plain, "%"), True).as_py()
        if first < 0:
            break
        for escape in sorted(set(_ESCAPE.findall(plain[first].as_py()))):
            plain = pc.replace_substring(plain, escape, chr(int(escape[1:], 16)))
    needy = pc.or_(odd, pc.match_substring(plain, "%"))
    written: Sequence[str] = keys.filter(needy).to_pylist()
    if not written:
        return plain
    decoded = arrow.array([unquote_plus(key, errors="strict") for key in written], arrow.string())
    return pc.replace_with_mask(plain, needy, decoded)


def _seconds(times: Any) -> pa.DoubleArray:
    pc = importlib.import_module("pyarrow.compute")
    arrow = importlib.import_module("pyarrow")
    if arrow.types.is_integer(times.type):
        return pc.divide(times.cast("float64"), 1e3)  # milliseconds, by a writer that does not say so
    if not arrow.types.is_timestamp(times.type):
        raise ValueError(f"last_modified_date is of the type {times.type}")
    micros = times.cast(arrow.timestamp("us", tz=times.type.tz), safe=False).cast("int64")
    return pc.divide(micros.cast("float64"), 1e6)
