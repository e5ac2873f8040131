"""The reports that tests read are what AWS documents: otherwise who reads them proves nothing."""

import gzip
import hashlib
import json
from pathlib import Path

import pyarrow.orc
import pyarrow.parquet
import pytest

from adce_async.model.coverage import StoredObject
from adce_async.testing.inventory_report import CSV, ORC, PARQUET, Report, Version

AT = 1478467920.0  # 2016-11-06T21:32Z
OBJECTS = [StoredObject("a/b c+d.json", 10, "e1", 1478460000.25), StoredObject("a/ü.json", 0, "e2-3", 1478460001.0)]


def written(folder: Path, file_format: str, **options: object) -> tuple[dict, list[Path]]:
    report = Report(folder, at=AT, file_format=file_format, **options)
    dated = report.write([report.table(OBJECTS)])
    assert dated == folder / "inventory-reports/lake/daily/2016-11-06T21-32Z"
    manifest = json.loads((dated / "manifest.json").read_bytes())
    return manifest, [folder / each["key"] for each in manifest["files"]]


@pytest.mark.parametrize("file_format", [CSV, PARQUET, ORC])
def test_the_manifest_says_where_the_data_is_and_how_to_check_it(tmp_path: Path, file_format: str) -> None:
    manifest, (path,) = written(tmp_path, file_format)
    assert manifest["sourceBucket"] == "lake"
    assert manifest["creationTimestamp"] == "1478467920000"
    assert manifest["fileFormat"] == file_format
    (entry,) = manifest["files"]
    assert entry["size"] == path.stat().st_size
    assert entry["MD5checksum"] == hashlib.md5(path.read_bytes()).hexdigest()
    dated = tmp_path / "inventory-reports/lake/daily/2016-11-06T21-32Z"
    said = hashlib.md5((dated / "manifest.json").read_bytes()).hexdigest()
    assert (dated / "manifest.checksum").read_text().strip() == said
    hive = tmp_path / "inventory-reports/lake/daily/hive/dt=2016-11-06-21-32/symlink.txt"
    assert hive.read_text() == f"s3://reports/{entry['key']}\n"


def test_csv_has_no_header_and_encoded_keys(tmp_path: Path) -> None:
    manifest, (path,) = written(tmp_path, CSV)
    assert path.name.endswith(".csv.gz")
    assert manifest["fileSchema"] == "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert lines == [
        '"lake","a/b+c%2Bd.json","10","2016-11-06T19:20:00.250Z","e1","STANDARD"',
        '"lake","a/%C3%BC.json","0","2016-11-06T19:20:01.000Z","e2-3","STANDARD"',
    ]


def test_parquet_and_orc_have_plain_keys(tmp_path: Path) -> None:
    _, (parquet,) = written(tmp_path / "parquet", PARQUET)
    _, (orc,) = written(tmp_path / "orc", ORC)
    for table in (pyarrow.parquet.read_table(parquet), pyarrow.orc.read_table(str(orc))):
        assert table["key"].to_pylist() == ["a/b c+d.json", "a/ü.json"]
        assert table["size"].to_pylist() == [10, 0]
        assert table["e_tag"].to_pylist() == ["e1", "e2-3"]


def test_a_versioned_bucket_has_three_columns_more(tmp_path: Path) -> None:
    report = Report(tmp_path, at=AT, versions=True)
    gone = Version(StoredObject("gone", 0, "", AT), is_latest=True, is_delete_marker=True)
    dated = report.write([report.table([*OBJECTS, Version(OBJECTS[0]), gone])])
    manifest = json.loads((dated / "manifest.json").read_bytes())
    assert "optional boolean is_latest; optional boolean is_delete_marker;" in manifest["fileSchema"]
    table = pyarrow.parquet.read_table(tmp_path / manifest["files"][0]["key"])
    assert table["is_latest"].to_pylist() == [True, True, False, True]
    assert table["is_delete_marker"].to_pylist() == [False, False, False, True]


def test_columns_can_be_left_out(tmp_path: Path) -> None:
    manifest, _ = written(tmp_path, CSV, without=("e_tag", "storage_class"))
    assert manifest["fileSchema"] == "Bucket, Key, Size, LastModifiedDate"
