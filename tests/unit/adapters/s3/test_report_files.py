"""Each format gives the same objects, and only those that are there now."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from adce_async.adapters.s3 import report_files
from adce_async.adapters.s3.report_files import CSV, ORC, PARQUET, columns_of_csv, missing_columns, read_file
from adce_async.model.coverage import StoredObject
from adce_async.testing.inventory_report import Report, Version

AT = 1478467920.0
FORMATS = pytest.mark.parametrize("file_format", [PARQUET, CSV, ORC])


def stored(key: str, size: int = 10, etag: str = "e1", at: float = AT - 100.25) -> StoredObject:
    return StoredObject(key, size, etag, at)


def read(report: Report, *objects: StoredObject | Version, prefix: str = "raw/") -> list[StoredObject]:
    report.write([report.table(objects)])
    (path,) = (report.folder / report.place / "data").iterdir()
    schema = report._schema()
    return [one for columns in read_file(path, report.file_format, schema, prefix) for one in columns.to_objects()]


@FORMATS
def test_objects_under_their_keys_in_the_lake(tmp_path: Path, file_format: str) -> None:
    keys = ["a.json", "a b+c.json", "x/ü%20&\"'.json", "x,y\\z.json"]
    found = read(Report(tmp_path, at=AT, file_format=file_format), *(stored(f"raw/{key}", len(key)) for key in keys))
    assert found == [stored(key, len(key)) for key in keys]


@FORMATS
def test_what_is_not_in_the_lake_or_ours_or_a_folder_is_left_out(tmp_path: Path, file_format: str) -> None:
    keys = ["raw/a", "raw/", "raw/x/", "raw/.adce/index", "other/a", "ra", "rawa"]
    found = read(Report(tmp_path, at=AT, file_format=file_format), *map(stored, keys))
    assert [one.key for one in found] == ["a"]


@FORMATS
def test_a_lake_that_is_a_whole_bucket(tmp_path: Path, file_format: str) -> None:
    found = read(Report(tmp_path, at=AT, file_format=file_format), *map(stored, ["raw/a", ".adce/x", "b"]), prefix="")
    assert [one.key for one in found] == ["raw/a", "b"]


@FORMATS
def test_of_a_versioned_bucket_only_what_is_there_now(tmp_path: Path, file_format: str) -> None:
    found = read(
        Report(tmp_path, at=AT, file_format=file_format, versions=True),
        stored("raw/a", 2, "new"),
        Version(stored("raw/a", 1, "old")),
        Version(stored("raw/gone", 0, ""), is_latest=True, is_delete_marker=True),
        Version(stored("raw/gone", 5)),
        Version(stored("raw/back", 0, ""), is_delete_marker=True),
        stored("raw/back"),
    )
    assert [(one.key, one.etag) for one in found] == [("a", "new"), ("back", "e1")]


@FORMATS
def test_nothing_is_a_report_too(tmp_path: Path, file_format: str) -> None:
    assert read(Report(tmp_path, at=AT, file_format=file_format)) == []


def test_an_empty_csv_file_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv.gz"
    path.write_bytes(gzip.compress(b""))
    assert list(read_file(path, CSV, "Bucket, Key, Size, LastModifiedDate, ETag", "")) == []


def test_csv_in_any_order_of_columns_and_with_quotes_around_etags(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    rows = '"5","2016-11-06T21:30:19.750Z","raw/a","STANDARD","""e1""","lake"\n"","2016-11-06T21:30:19Z","x","","","lake"\n'
    path.write_bytes(gzip.compress(rows.encode()))
    (columns,) = read_file(path, CSV, "Size, LastModifiedDate, Key, StorageClass, ETag, Bucket", "raw/")
    assert columns.to_objects() == [stored("a", 5)]


def test_keys_as_bytes_and_times_as_plain_numbers_are_read_too(tmp_path: Path) -> None:
    table = pa.table(
        {"key": [b"raw/a"], "size": pa.array([10], pa.int32()), "last_modified_date": [1478467819750], "e_tag": ["e1"]}
    )
    pq.write_table(table, tmp_path / "a")
    (columns,) = read_file(tmp_path / "a", PARQUET, "", "raw/")
    assert columns.to_objects() == [stored("a")]


def test_many_come_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "_ROWS", 1000)
    report = Report(tmp_path, at=AT)
    report.write([report.table(stored(f"raw/{number}") for number in range(2500))], row_group=2000)
    (path,) = (tmp_path / report.place / "data").iterdir()
    assert [len(columns) for columns in read_file(path, PARQUET, report._schema(), "raw/")] == [1000, 1000, 500]


@pytest.mark.parametrize(
    "rows",
    ['"lake","raw/a","","2016-11-06T21:30:19Z","e"', '"lake","raw/a","x","2016-11-06T21:30:19Z","e"', '"lake","raw/a"', '"lake","raw/%FF","1","2016-11-06T21:30:19Z","e"', '"lake","raw/a","1","yesterday","e"'],
)  # fmt: skip
def test_what_is_not_what_the_schema_says_is_an_error(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(f"{rows}\n".encode()))
    with pytest.raises(ValueError):  # noqa: PT011 - pyarrow's own words
        list(read_file(path, CSV, "Bucket, Key, Size, LastModifiedDate, ETag", "raw/"))


def test_a_file_that_is_none_of_its_format_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"nothing of the kind")
    for file_format in (PARQUET, ORC, CSV):
        with pytest.raises((ValueError, OSError, pa.ArrowException)):
            list(read_file(path, file_format, "Bucket, Key, Size, LastModifiedDate, ETag", ""))


def test_columns_that_a_report_has_to_have() -> None:
    assert missing_columns(CSV, "Bucket, Key, Size, LastModifiedDate, ETag") == []
    assert missing_columns(CSV, "Bucket, Key, VersionId, IsLatest") == ["size", "last_modified_date", "e_tag"]
    parquet = Report(Path(), file_format=PARQUET, without=("e_tag",))._schema()
    assert missing_columns(PARQUET, parquet) == ["e_tag"]
    assert missing_columns(ORC, Report(Path(), file_format=ORC, versions=True)._schema()) == []
    assert columns_of_csv("Bucket,Key , ETag") == ["Bucket", "key", "e_tag"]


ENCODED = [
    "season%3D2015-16/a.json", "season%3d2015-16/a+b.json", "a%2Bb/%40%3A%7E.json", "caf%C3%A9%3D1.json", "100%2525%3D",
    "a%", "%4", "%zz%3D", "plain.json", "%21%22%23%24%26%27%28%29%2A%2C%3B%3C", "%E2%80%8B+%2B", "",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_encoded_keys_are_what_they_stand_for_however_they_are_mixed(seed: int) -> None:
    keys = random.Random(seed).choices(ENCODED, k=seed)
    decoded = report_files._decoded(pa.array(keys, pa.string()), pc)
    assert decoded.to_pylist() == [unquote_plus(key, errors="strict") for key in keys]
