"""Finds S3 Inventory reports and brings the newest that is whole: its manifest is there and is what `manifest.checksum`
says, and each data file is there with the size and the checksum that the manifest says. Else the one before it.

They lie where the Amazon S3 User Guide says ("Locating your inventory list"):
`PREFIX/SOURCE-BUCKET/CONFIG-ID/YYYY-MM-DDTHH-MMZ/manifest.json`, with the data in `CONFIG-ID/data/`. All of a report is
copied to a local folder and checked before a row of it is believed.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
import structlog

from adce_async.adapters.s3.errors import FAILURES, failure_of
from adce_async.adapters.s3.place import Place
from adce_async.adapters.s3.report_files import CSV, ORC, PARQUET, missing_columns, read_file
from adce_async.error_text import error_text
from adce_async.errors import StoreError
from adce_async.model.days import iso
from adce_async.model.keys import shown
from adce_async.model.stored_columns import StoredColumns
from adce_async.ports import ReportRules, StoredReport

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

log = structlog.get_logger("adce.inventory_reports")

_DATED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d-\d\dZ)/$")
_NO_CONFIG = ("data/", "hive/")
_MOST_MANIFEST_BYTES = 64 << 20
_CHUNK = 4 << 20
_LATEST = 4e9
_GONE = frozenset({"NoSuchKey", "404", "NotFound"})


class _BrokenReportError(Exception):
    """Private: what is wrong with one report, for people."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A folder that is named like one of a report."""

    folder: str
    at: float


@dataclass(slots=True)
class LocalReport:
    """`ports.StoredReport`, found to be whole. `files`: its data, checked; empty: to be copied (again) by `copy`."""

    as_of: float
    source: str
    copy: Callable[[], Awaitable[list[Path]]]
    file_format: str
    schema: str
    prefix: str
    unreadable: Callable[[], None]
    """Called if it can't be read after all."""
    files: list[Path] | None = None

    async def batches(self) -> AsyncIterator[StoredColumns]:
        """See `ports.StoredReport`."""
        files, self.files = self.files, None
        if files is None:
            try:
                files = await self.copy()
            except _BrokenReportError as error:
                self.unreadable()
                raise StoreError(f"{self.source}: {error}") from None
        for path in files:
            rows = read_file(path, self.file_format, self.schema, self.prefix)
            while (columns := await self._step(rows)) is not None:
                yield columns
            path.unlink(missing_ok=True)

    async def _step(self, rows: Any) -> StoredColumns | None:
        try:
            return await asyncio.to_thread(next, rows, None)
        except (ValueError, OSError) as error:
            self.unreadable()
            raise StoreError(f"{self.source}: can't be read: {error_text(error)}") from error


@dataclass(slots=True)
class InventoryReports:
    """`ports.StoredReports` of the lake at `place`.

    `client()`: that of S3; `folder`: local, ours alone, for the data of one report.
    """

    client: Callable[[], Awaitable[S3Client]]
    place: Place
    rules: ReportRules
    folder: Path
    _passed_over: set[str] = field(default_factory=set)
    _unreadable: set[tuple[str, str]] = field(default_factory=set)
    """Folder and checksum of the manifest of those that were whole and still could not be read."""
    _lacking: bool = False

    def apply(self, rules: ReportRules) -> None:
        """See `ports.StoredReports`."""
        self.rules = rules

    @property
    def bucket(self) -> str:
        """That of the reports."""
        return self.rules.bucket or self.place.bucket

    async def newest(self, *, not_before: float, not_after: float = math.inf, had: float = -1.0) -> StoredReport | None:
        """See `ports.StoredReports`."""
        if not self.rules.enabled:
            return None
        for found in await self._candidates(not_before):
            if found.at > not_after:
                self._pass_over(found, f"it is dated {iso(found.at)}, which is yet to come")
                continue
            try:
                report = await self._fetch(found, had)
                self._lacking = False
                return report
            except _BrokenReportError as error:
                self._pass_over(found, str(error))
        if not self._lacking:
            self._lacking = True
            place = f"s3://{self.bucket}/{self.rules.prefix}"
            log.warning(
                "no inventory report is young enough", place=place, since=iso(not_before), next="listed instead"
            )
        return None

    def _pass_over(self, found: _Found, why: str) -> None:
        if found.folder not in self._passed_over:
            self._passed_over.add(found.folder)
            folder = f"s3://{self.bucket}/{found.folder}"
            log.warning("inventory report passed over", report=folder, why=why, next="the one before it")

    async def close(self) -> None:
        """Let go of the local copy."""
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    # -- finding -----------------------------------------------------------------------------------------------------

    async def _candidates(self, not_before: float) -> list[_Found]:
        """Folders of reports, the newest first."""
        root = f"{self.rules.prefix.strip('/')}/" if self.rules.prefix.strip("/") else ""
        found: list[_Found] = []
        for base in (f"{root}{self.place.bucket}/", root):  # the prefix may name the place itself
            for folder in await self._folders(base):
                found += _dated([folder])
                if not _DATED.search(folder) and not folder.endswith(_NO_CONFIG):
                    found += _dated(await self._folders(folder, start=_name(not_before)))
            if found:
                break
        return sorted((each for each in found if each.at >= not_before), key=lambda each: each.at, reverse=True)

    async def _folders(self, base: str, start: str = "") -> list[str]:
        """The common prefixes directly below `base`, those from `start` on."""
        place = f"s3://{self.bucket}/{base}"
        client = await self.client()
        options: dict[str, Any] = {"StartAfter": base + start} if start else {}
        folders: list[str] = []
        try:
            while True:
                answer: Any = await client.list_objects_v2(Bucket=self.bucket, Prefix=base, Delimiter="/", **options)
                folders += [each["Prefix"] for each in answer.get("CommonPrefixes", ())]
                if not answer.get("IsTruncated"):
                    return folders
                options = {"ContinuationToken": answer["NextContinuationToken"]}
        except FAILURES as error:
            raise failure_of(error, place, "looking for inventory reports").to_store() from error

    # -- fetching ----------------------------------------------------------------------------------------------------

    async def _fetch(self, found: _Found, had: float) -> LocalReport:
        manifest, checksum = await self._manifest(found)
        file_format, schema = str(manifest.get("fileFormat")), str(manifest.get("fileSchema"))
        if manifest.get("sourceBucket") != self.place.bucket:
            raise _BrokenReportError(f"it is of the bucket {shown(manifest.get('sourceBucket'))}")
        if file_format not in (PARQUET, CSV, ORC):
            raise _BrokenReportError(f"its format is {shown(file_format)}, expected Parquet, CSV or ORC")
        if missing := missing_columns(file_format, schema):
            raise _BrokenReportError(f"it lacks {', '.join(missing)}: add these fields to the inventory configuration")
        await self._covers(found)
        entries = manifest.get("files")
        if not isinstance(entries, list):
            raise _BrokenReportError("its manifest lists no files")
        source = f"inventory report s3://{self.bucket}/{found.folder}"
        known = (found.folder, checksum)
        if known in self._unreadable:
            raise _BrokenReportError("it could not be read")
        report = LocalReport(
            found.at, source, partial(self._copy, entries), file_format, schema, self.place.prefix,
            partial(self._unreadable.add, known),
        )  # fmt: skip
        if found.at > had:
            report.files = await report.copy()
        return report

    async def _copy(self, entries: list[Any]) -> list[Path]:
        """Local files of all data. Raises _BrokenReportError if any of it is not what the manifest says."""
        await asyncio.to_thread(_emptied, self.folder)
        files: list[Path] = []
        for number, entry in enumerate(entries):
            files.append(self.folder / f"{number:05}")
            await self._download(entry, files[-1])
        return files

    async def _manifest(self, found: _Found) -> tuple[Mapping[str, Any], str]:
        """What it says, and its checksum."""
        body = await self._body(f"{found.folder}manifest.json")
        said = (await self._body(f"{found.folder}manifest.checksum")).decode("ascii", "replace")
        checksum = hashlib.md5(body).hexdigest()  # noqa: S324 - AWS's choice
        if said.strip().strip('"').lower() != checksum:
            raise _BrokenReportError("manifest.json is not what manifest.checksum says")
        try:
            manifest = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise _BrokenReportError("manifest.json is no JSON") from None
        if not isinstance(manifest, dict):
            raise _BrokenReportError("manifest.json is no object")
        return manifest, checksum

    async def _covers(self, found: _Found) -> None:
        """A report may be of a part of its bucket only, and does not say so; its configuration does, to who may ask."""
        config = found.folder.rstrip("/").split("/")[-2]
        try:
            client: Any = await self.client()
            answer = await client.get_bucket_inventory_configuration(Bucket=self.place.bucket, Id=config)
        except FAILURES:
            return
        part = ((answer.get("InventoryConfiguration") or {}).get("Filter") or {}).get("Prefix") or ""
        if not self.place.prefix.startswith(part):
            raise _BrokenReportError(f"its configuration lists keys that begin with {shown(part)} only")

    async def _body(self, key: str) -> bytes:
        """A small file of the report."""
        answer = await self._get(key)
        async with answer["Body"] as stream:
            if answer["ContentLength"] > _MOST_MANIFEST_BYTES:
                raise _BrokenReportError(f"{key.rpartition('/')[2]} has {answer['ContentLength']} bytes")
            try:
                return bytes(await stream.read())
            except FAILURES as error:
                raise failure_of(error, f"s3://{self.bucket}/{key}", "reading").to_store() from error

    async def _get(self, key: str) -> Any:
        try:
            return await (await self.client()).get_object(Bucket=self.bucket, Key=key)
        except FAILURES as error:
            failure = failure_of(error, f"s3://{self.bucket}/{key}", "reading")
            if failure.code in _GONE or failure.status == 404:
                raise _BrokenReportError(f"{key.rpartition('/')[2]} is not there (yet)") from None
            raise failure.to_store() from error

    async def _download(self, entry: Any, path: Path) -> None:
        """One data file. Raises _BrokenReportError if it is not what the manifest says."""
        try:
            key, size, checksum = str(entry["key"]), int(entry["size"]), str(entry["MD5checksum"]).lower()
        except (KeyError, TypeError, ValueError):
            raise _BrokenReportError(f"its manifest lists {shown(entry)} as a file") from None
        answer = await self._get(key)
        md5 = hashlib.md5()  # noqa: S324 - AWS's choice
        try:
            async with answer["Body"] as stream:
                if answer["ContentLength"] != size:
                    raise _BrokenReportError(f"{shown(key)} has {answer['ContentLength']} bytes instead of {size}")
                with await asyncio.to_thread(path.open, "wb") as file:
                    while chunk := await stream.read(_CHUNK):
                        await asyncio.to_thread(_take, file, md5, chunk)
        except FAILURES as error:
            place = str(path) if isinstance(error, OSError) and error.filename else f"s3://{self.bucket}/{key}"
            raise failure_of(error, place, "copying a report").to_store() from error
        if md5.hexdigest() != checksum:
            raise _BrokenReportError(f"{shown(key)} is not what its checksum in the manifest says")


def _dated(folders: list[str]) -> list[_Found]:
    found = ((folder, _DATED.search(folder)) for folder in folders)
    return [_Found(folder, at) for folder, match in found if match and (at := _at(match[1])) is not None]


def _at(name: str) -> float | None:
    """When the scan began, which a report's folder is named after."""
    try:
        return datetime.strptime(name, "%Y-%m-%dT%H-%MZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _name(at: float) -> str:
    """What comes before all folders of reports from `at` on."""
    return datetime.fromtimestamp(min(max(0.0, at - 60.0), _LATEST), UTC).strftime("%Y-%m-%dT%H-%MZ")


def _take(file: IO[bytes], md5: Any, chunk: bytes) -> None:
    file.write(chunk)
    md5.update(chunk)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
