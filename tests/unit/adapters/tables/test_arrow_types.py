"""Rows as Arrow: typed, whatever sources write."""

from __future__ import annotations

import pyarrow as pa

from adce_async.adapters.tables.arrow_types import batch_of, schema_of
from adce_async.model.lake_tables import RESULTS, TABLES


def test_each_column_has_its_type() -> None:
    schema = schema_of("games")
    assert schema.field("date").type == pa.date32()
    assert schema.field("fetched_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("home_periods").type == pa.list_(pa.int32())
    for name in (*TABLES, RESULTS):
        assert len(set(schema_of(name).names)) == len(schema_of(name))


def test_what_a_row_does_not_name_is_null() -> None:
    (row,) = batch_of("plays", [{"key": "a", "number": 1}]).to_pylist()
    assert (row["key"], row["number"], row["clock"]) == ("a", 1, None)


def test_what_does_not_fit_is_null_or_text_and_spoils_nothing_beside_it() -> None:
    odd = {
        "key": "a", "kind": 7, "number": "first", "period": True, "home_score": 2**40, "clock": 12, "preferred": 1,
        "date": "today", "away_score": 3,
    }  # fmt: skip
    row, _ = batch_of("plays", [odd, {"key": "b"}]).to_pylist()
    assert {name: row[name] for name in odd} == {
        "key": "a", "kind": "7", "number": None, "period": None, "home_score": None, "clock": 12.0, "preferred": None,
        "date": None, "away_score": 3,
    }  # fmt: skip
    (game,) = batch_of("games", [{"home_periods": [30, "x", 2**40]}]).to_pylist()
    assert game["home_periods"] == [30, None, None]
