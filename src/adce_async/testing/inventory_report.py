"""Writes S3 Inventory reports as AWS documents them (Amazon S3 User Guide, "Locating your inventory list"), for tests
and benchmarks: manifest, its checksum, the Hive folder, and data files in Parquet, CSV (gzip, no header) or ORC.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.csv
import pyarrow.orc
import pyarrow.parquet

from adce_async.model.coverage import StoredObject

PARQUET, CSV, ORC = "Parquet", "CSV", "ORC"
COLUMNS: dict[str, tuple[str, pa.DataType, str]] = {
    "bucket": ("Bucket", pa.string(), "required binary bucket (UTF8)"),
    "key": ("Key", pa.string(), "required binary key (UTF8)"),
    "version_id": ("VersionId", pa.string(), "optional binary version_id (UTF8)"),
    "is_latest": ("IsLatest", pa.bool_(), "optional boolean is_latest"),
    "is_delete_marker": ("IsDeleteMarker", pa.bool_(), "optional boolean is_delete_marker"),
    "size": ("Size", pa.int64(), "optional int64 size"),
    "last_modified_date": (
        "LastModifiedDate",
        pa.timestamp("ms"),
        "optional int64 last_modified_date (TIMESTAMP(MILLIS,true))",
    ),
    "e_tag": ("ETag", pa.string(), "optional binary e_tag (UTF8)"),
    "storage_class": ("StorageClass", pa.string(), "optional binary storage_class (UTF8)"),
}
"""Column of Parquet and ORC -> its name in CSV, its type, its line in the schema of the manifest."""
VERSION_COLUMNS = ("version_id", "is_latest", "is_delete_marker")
_ENDINGS = {PARQUET: ".parquet", CSV: ".csv.gz", ORC: ".orc"}


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object that is not the current one, or a marker that it was deleted."""

    stored: StoredObject
    is_latest: bool = False
    is_delete_marker: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is of, and where it goes: `folder` is the root of the destination bucket."""

    folder: Path
    bucket: str = "lake"
    at: float = 0.0
    """When the scan began: seconds since the epoch; the name of the report's folder says it to the minute."""
    file_format: str = PARQUET
    prefix: str = "inventory-reports"
    config_id: str = "daily"
    versions: bool = False
    """True: of a versioned bucket, with the three columns for it."""
    without: tuple[str, ...] = field(default=())
    """Columns that its configuration does not ask for."""

    @property
    def place(self) -> str:
        """`destination-prefix/source-bucket/config-ID`."""
        return "/".join(part for part in (self.prefix, self.bucket, self.config_id) if part)

    @property
    def dated(self) -> str:
        """The key of the folder that holds the manifest."""
        return f"{self.place}/{_moment(self.at):%Y-%m-%dT%H-%MZ}"

    @property
    def columns(self) -> list[str]:
        """Those that it has, in order."""
        left_out = (*self.without, *(() if self.versions else VERSION_COLUMNS))
        return [name for name in COLUMNS if name not in left_out]

    def table(self, objects: Iterable[StoredObject | Version]) -> pa.Table:
        """Rows for `write`, from objects whose keys are those of the bucket."""
        rows = [each if isinstance(each, Version) else Version(each, is_latest=True) for each in objects]
        millis = [round(row.stored.modified * 1000) for row in rows]
        return pa.table(
            {
                "key": pa.array([row.stored.key for row in rows], pa.string()),
                "is_latest": pa.array([row.is_latest for row in rows], pa.bool_()),
                "is_delete_marker": pa.array([row.is_delete_marker for row in rows], pa.bool_()),
                "size": pa.array([row.stored.size for row in rows], pa.int64()),
                "last_modified_date": pa.array(millis, pa.int64()).cast(pa.timestamp("ms")),
                "e_tag": pa.array([row.stored.etag for row in rows], pa.string()),
            }
        )

    def write(self, tables: Iterable[pa.Table], *, row_group: int = 1_000_000) -> Path:
        """The whole report, a data file a table; the folder with its manifest.

        `tables` have at least the columns key, size, last_modified_date and e_tag; they are written one by one, so
        that a generator of many keeps memory low.
        """
        files = [self._data_file(number, table, row_group) for number, table in enumerate(tables)]
        manifest = {
            "sourceBucket": self.bucket,
            "destinationBucket": "arn:aws:s3:::reports",
            "version": "2016-11-30",
            "creationTimestamp": str(round(self.at * 1000)),
            "fileFormat": self.file_format,
            "fileSchema": self._schema(),
            "files": files,
        }
        body = json.dumps(manifest, indent=2).encode()
        dated = self.folder / self.dated
        dated.mkdir(parents=True)
        (dated / "manifest.json").write_bytes(body)
        (dated / "manifest.checksum").write_text(hashlib.md5(body).hexdigest() + "\n")  # noqa: S324 - AWS's choice
        hive = self.folder / self.place / "hive" / f"dt={_moment(self.at):%Y-%m-%d-%H-%M}"
        hive.mkdir(parents=True)
        (hive / "symlink.txt").write_text("".join(f"s3://reports/{each['key']}\n" for each in files))
        return dated

    def _schema(self) -> str:
        if self.file_format == CSV:
            return ", ".join(COLUMNS[name][0] for name in self.columns)
        if self.file_format == ORC:
            return f"struct<{','.join(f'{name}:{COLUMNS[name][1]}' for name in self.columns)}>"
        lines = " ".join(f"{COLUMNS[name][2]};" for name in self.columns)
        return f"message s3.inventory {{ {lines} }}"

    def _data_file(self, number: int, table: pa.Table, row_group: int) -> dict[str, object]:
        name = f"{hashlib.md5(f'{self.dated}/{number}'.encode()).hexdigest()}{_ENDINGS[self.file_format]}"  # noqa: S324
        path = self.folder / self.place / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._filled(table)
        if self.file_format == PARQUET:
            pa.parquet.write_table(whole, path, row_group_size=row_group)
        elif self.file_format == ORC:
            pa.orc.write_table(whole, str(path))
        else:
            with gzip.open(path, "wb", compresslevel=1) as file:
                pa.csv.write_csv(
                    _for_csv(whole), file, pa.csv.WriteOptions(include_header=False, quoting_style="all_valid")
                )
        md5 = hashlib.md5()  # noqa: S324
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                md5.update(chunk)
        return {"key": f"{self.place}/data/{name}", "size": path.stat().st_size, "MD5checksum": md5.hexdigest()}

    def _filled(self, table: pa.Table) -> pa.Table:
        """With all columns, in order."""
        rest = {
            "bucket": self.bucket, "version_id": "v1", "is_latest": True, "is_delete_marker": False,
            "storage_class": "STANDARD",
        }  # fmt: skip
        filled = {
            name: table[name].cast(COLUMNS[name][1])
            if name in table.column_names
            else pa.repeat(pa.scalar(rest[name], COLUMNS[name][1]), len(table))
            for name in self.columns
        }
        return pa.table(filled)


def _for_csv(table: pa.Table) -> pa.Table:
    """Keys URL-encoded, times in ISO 8601, as text."""
    texts = {name: table[name] for name in table.column_names}
    keys = [quote_plus(key, safe="/") for key in texts["key"].to_pylist()]
    texts["key"] = pa.array(keys, pa.string())
    if "last_modified_date" in texts:
        texts["last_modified_date"] = pa.compute.strftime(
            texts["last_modified_date"].cast(pa.timestamp("ms", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ"
        )
    return pa.table({name: column.cast(pa.string()) for name, column in texts.items()})


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
