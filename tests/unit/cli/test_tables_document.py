"""The reference names each column of each table with type and unit."""

from __future__ import annotations

from adce_async.cli.tables_document import markdown
from adce_async.model.lake_tables import TABLES


def test_each_column_has_its_line() -> None:
    text = markdown()
    for table in TABLES.values():
        section = text.partition(f"## {table.name}\n")[2].partition("\n## ")[0]
        lines = [line for line in section.splitlines() if line.startswith("| `")]
        assert [line.split("`")[1] for line in lines] == list(table.names)
        assert all(line.count(" | ") == 3 for line in lines)
