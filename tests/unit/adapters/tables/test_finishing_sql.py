"""The pieces that the statements are made of."""

from __future__ import annotations

import duckdb
import pytest

from adce_async.adapters.tables import finishing_sql as sql
from adce_async.model.lake_tables import TABLES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Luka Dončić", "Luka Doncic"),
        ("P.J. Tucker", "PJ Tucker"),
        ("Tim Hardaway Jr.", "Tim Hardaway"),
        ("Robert Williams III", "Robert Williams"),
        ("Shai Gilgeous-Alexander", "Shai Gilgeous Alexander"),
    ],
)
def test_names_are_alike_that_mean_the_same(one: str, other: str) -> None:
    with duckdb.connect() as db:
        (names,) = zip(
            *db.execute(f"select {sql._NAME} from (values (?), (?)) t(player)", [one, other]).fetchall(), strict=True
        )
    assert names[0] == names[1] != ""


def test_paths_and_texts_are_quoted() -> None:
    assert sql.quoted("O'Neal") == "'O''Neal'"
    assert sql.scan(["a'b.parquet"]) == "read_parquet(['a''b.parquet'], hive_partitioning=false)"


def test_a_table_without_files_has_its_columns() -> None:
    for table in TABLES.values():
        with duckdb.connect() as db:
            found = db.sql(f"select * from {sql.empty(table.columns)}")
            assert tuple(found.columns) == table.names
