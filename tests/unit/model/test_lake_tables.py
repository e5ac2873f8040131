"""The schema: one over all sources, each column explained."""

from __future__ import annotations

import pytest

from adce_async.model.lake_tables import RESULTS, TABLES, TableCounts, TablePart, columns_of, filled

TYPES = {"text", "integer", "number", "flag", "day", "time", "integers"}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_each_table_says_where_its_rows_come_from_and_what_contradicts(table) -> None:
    assert table.names[:6] == ("source", "data_type", "key", "fetched_at", "verified", "season")
    assert table.names[-1] == "conflict"
    assert len(set(table.names)) == len(table.names)
    assert set(table.compared) <= set(table.names)
    assert all(column.type in TYPES and column.meaning for column in table.columns)
    assert all(column.unit for column in table.columns if column.name in table.compared)


def test_parts_have_names_and_counts_add_up() -> None:
    assert TablePart("espn", "box_score", "2024-25", {}).name == "espn.box_score.2024-25"
    assert TablePart("espn", "teams", None, {}).name == "espn.teams.all"
    assert TableCounts(1, 2) + TableCounts(3, 4) == TableCounts(4, 6)
    assert filled([{"a": 1}, {"b": 2}], a=0) == [{"a": 1}, {"a": 0, "b": 2}]
    with pytest.raises(KeyError):
        columns_of("nothing")
    assert columns_of(RESULTS)[0].name == "source"
