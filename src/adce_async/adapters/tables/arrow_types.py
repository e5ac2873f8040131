"""Rows of `model.lake_tables` as Arrow record batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from adce_async.model.lake_tables import Column, Row, columns_of

_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "time": pa.timestamp("us", tz="UTC"),
    "integers": pa.list_(pa.int32()),
}
_MOST = 2**31


def schema_of(table: str) -> pa.Schema:
    """The columns of a table, each of which may be null."""
    return pa.schema([pa.field(column.name, _TYPES[column.type]) for column in columns_of(table)])


def batch_of(table: str, rows: Sequence[Row]) -> pa.RecordBatch:
    """Rows as a batch. A value that does not fit its column becomes null, or text: sources write what they like."""
    schema = schema_of(table)
    try:
        return pa.RecordBatch.from_pylist(rows, schema)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.RecordBatch.from_pylist(_fitting(columns_of(table), rows), schema)


def _fitting(columns: Iterable[Column], rows: Iterable[Row]) -> list[Row]:
    return [{column.name: _fit(column.type, row.get(column.name)) for column in columns} for row in rows]


def _fit(kind: str, value: Any) -> Any:
    match kind, value:
        case "text", _:
            return None if value is None else str(value)
        case (("integer" | "number"), bool()):
            return None
        case "integer", int():
            return value if abs(value) < _MOST else None
        case ("number", int() | float()) | ("flag", bool()) | ("day", dt.date()) | ("time", dt.datetime()):
            return value
        case "integers", list():
            return [_fit("integer", one) for one in value]
        case _:
            return None
