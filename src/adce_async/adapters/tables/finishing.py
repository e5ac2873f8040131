"""What is known only of all parts of a season together: dates of games, conflicts, which object to count; and `games`.

DuckDB joins the files' narrow columns; each file is then read once more with what was found for its rows, and written
if it is new or if anything of that is otherwise than it stands there.
"""

# ruff: noqa: S608 - names of columns and paths are put in, quoted; no text of others

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from adce_async.adapters.tables import finishing_sql as sql
from adce_async.adapters.tables.arrow_types import schema_of
from adce_async.adapters.tables.part_writer import ROW_GROUP, writer_of
from adce_async.errors import StoreError
from adce_async.model.lake_tables import RESULTS, TABLES, TableCounts

Files = Mapping[str, Sequence[tuple[Path, Path]]]
"""Table -> (where the rows are now, where they belong), a pair a part."""

SPILL = "spill"
"""The folder with what did not fit into memory."""
_MEMORY = "512MB"
"""Beyond it DuckDB goes to disk."""


def finish_season(files: Files, games: Path) -> dict[str, TableCounts]:
    """Finish the files of one season, and write its `games`; what each table holds then. Raises StoreError."""
    counts = dict.fromkeys(TABLES, TableCounts())
    with open_duckdb(games.parent.parent / ".adce") as db:
        now = {table: [str(current) for current, _ in pairs] for table, pairs in files.items()}
        for statement in sql.results(now[RESULTS]):
            db.execute(statement).fetchall()
        for table in TABLES:
            for statement in sql.found(table, now.get(table, [])):
                db.execute(statement).fetchall()
        counts["games"] = _write_games(db, games)
        for table, pairs in files.items():
            for current, final in pairs:
                if table == RESULTS:
                    if current != final:
                        current.replace(final)
                    continue
                if current != final or _differs(db, table, current):
                    _write(db, sql.finished(table, str(current)), table, final)
                    if current != final:
                        current.unlink()
                counts[table] += _count(db, final)
    return counts


@contextlib.contextmanager
def open_duckdb(spill: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that neither installs nor loads anything. Its errors are StoreErrors.

    `spill`: the folder where it writes what does not fit into little memory; without one it takes what it needs.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": "",
    }
    if spill:
        config |= {"memory_limit": _MEMORY, "temp_directory": str(spill / SPILL)}
    try:
        db = duckdb.connect(":memory:", config=config)
        try:
            yield db
        finally:
            db.close()
    except (duckdb.Error, pa.ArrowException) as error:
        raise StoreError(f"tables: {error}; a damaged file may be removed, and is made again") from error


def _write_games(db: duckdb.DuckDBPyConnection, path: Path) -> TableCounts:
    [(rows, conflicts)] = db.execute("select count(*), count(conflict) from final_games").fetchall()
    if rows:
        _write(db, "select * from final_games order by date, game_id, source", "games", path)
    else:
        path.unlink(missing_ok=True)
    return TableCounts(rows, conflicts)


def _differs(db: duckdb.DuckDBPyConnection, table: str, path: Path) -> bool:
    return bool(db.execute(sql.differing(table, str(path))).fetchall())


def _write(db: duckdb.DuckDBPyConnection, query: str, table: str, path: Path) -> None:
    schema = schema_of(table)
    temporary = path.with_name(f"{path.name}.tmp")
    with writer_of(temporary, schema) as file:
        for batch in db.sql(query).to_arrow_reader(ROW_GROUP):
            columns = [batch[field.name].cast(field.type) for field in schema]
            file.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    temporary.replace(path)


def _count(db: duckdb.DuckDBPyConnection, path: Path) -> TableCounts:
    [found] = db.execute(f"select count(*), count(conflict) from {sql.scan([str(path)])}").fetchall()
    return TableCounts(*found)
