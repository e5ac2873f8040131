"""SQL over the tables: a view each, nothing else within reach, nothing is written."""

# ruff: noqa: S608 - names of columns and paths are put in, quoted; no text of others

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from adce_async.adapters.tables.finishing import open_duckdb
from adce_async.adapters.tables.finishing_sql import empty, quoted, scan
from adce_async.errors import FixMeError, StoreError
from adce_async.model.lake_tables import TABLES

_READS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
_ROWS = 10_000
_IN_WORDS = {"interval", "blob", "bit", "uhugeint"}
"""Types that Python's values, or those of JSON and CSV, can't tell: they come as the database writes them."""


def query(root: Path, text: str) -> Iterator[tuple[Sequence[str], list[Sequence[Any]]]]:
    """The names of the columns with rows, some at a time; at least once, if without rows.

    Raises FixMeError for what is wrong with the query, or if there are no tables yet; StoreError for damaged files.
    """
    if not any((root / name).is_dir() for name in TABLES):
        raise FixMeError(f"{root}: no tables there; make them with `adce tables`, or name their folder with --into")
    with open_duckdb() as db:
        for name, table in TABLES.items():
            paths = sorted(str(path) for path in (root / name).glob("*.parquet"))
            db.execute(
                f"create view {name} as select * from {scan(paths) if paths else empty(table.columns)}"
            ).fetchall()
        db.execute(
            f"set allowed_directories = [{quoted(str(root.resolve()) + '/')}, {quoted(str(root) + '/')}]"
        ).fetchall()
        db.execute("set enable_external_access = false").fetchall()
        db.execute("set lock_configuration = true").fetchall()
        try:
            _refuse_writing(db, text)
            found = _in_words(db.sql(text))
            reader = found.to_arrow_reader(_ROWS)
        except duckdb.IOException as error:
            raise StoreError(f"{root}: {error}") from error
        except duckdb.Error as error:
            raise FixMeError(f"query: {error}") from error
        names = list(found.columns)
        told = False
        for batch in reader:
            columns = [column.to_pylist() for column in batch.columns]
            yield names, [list(row) for row in zip(*columns, strict=True)]
            told = True
        if not told:
            yield names, []


def _in_words(found: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    if not any(kind.id in _IN_WORDS for kind in found.types):
        return found
    columns = []
    for place, (name, kind) in enumerate(zip(found.columns, found.types, strict=True), 1):
        value = f"cast(#{place} as varchar)" if kind.id in _IN_WORDS else f"#{place}"
        columns.append(f"{value} as {_as_name(name)}")
    return found.project(", ".join(columns))


def _as_name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _refuse_writing(db: duckdb.DuckDBPyConnection, text: str) -> None:
    statements = db.extract_statements(text)
    if len(statements) != 1 or statements[0].type not in _READS:
        raise FixMeError('query: expected one statement that reads, such as "select count(*) from games"')
