"""The tables agree with the classes whose fields they hold."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from typing import Any

import pytest

from adce_async.adapters.schema import MIGRATIONS
from adce_async.model.task import AttemptRecord, Parked, Task
from adce_async.ports import Judgement


@pytest.fixture
def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for script in MIGRATIONS:
        connection.executescript(script)
    return connection


@pytest.mark.parametrize(
    ("table", "kind", "ours"),
    [
        ("task", Task, ["lease_until", "token"]),
        ("parked", Parked, []),
        ("attempt", AttemptRecord, ["id"]),
        ("verification", Judgement, ["key"]),
    ],
)
def test_columns_are_the_fields_in_order(
    database: sqlite3.Connection, table: str, kind: type[Any], ours: list[str]
) -> None:
    names = [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")]
    database.close()
    assert [name for name in names if name not in ours] == [field.name for field in fields(kind)]
