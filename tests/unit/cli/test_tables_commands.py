"""The commands are declared with what they need."""

from __future__ import annotations

from adce_async.cli.tables_commands import TABLES_COMMANDS, tables


def test_there_is_one_group_with_its_commands() -> None:
    assert (tables,) == TABLES_COMMANDS
    assert list(tables.commands) == ["query", "document"]
    assert {option.name for option in tables.params} == {"folder", "as_json"}
