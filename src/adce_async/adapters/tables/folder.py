"""Tables in a folder: `ports.TableFiles`.

    games/2024-25.parquet                              one file a season
    plays/espn.play_by_play.2024-25.parquet            one file a part, with the columns that hold for all sources
    .adce/parts/espn.play_by_play.2024-25.json         what the part was made of: object by object
    .adce/new/plays/espn.play_by_play.2024-25.parquet  written, and not yet held against other sources
    .adce/results/..., .adce/seasons/2024-25.json      what objects say of results; what a season was finished from

A part's new files are there before its JSON says so, and that is there before its season is finished: what a crash
in between leaves is done again, or done by the next `finish`. Files that nobody knows are removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import orjson

from adce_async.adapters.files import describe
from adce_async.adapters.locks import InstanceLock
from adce_async.errors import FixMeError, StoreError
from adce_async.model.lake_tables import RESULTS, TABLES, VERSION, TableCounts, TabledObject, TablePart

if TYPE_CHECKING:
    from adce_async.adapters.tables.part_writer import FilePartWriter

OWN = ".adce"
GAMES = "games"
_MAGIC = b"PAR1"
STORED = (RESULTS, *(name for name in TABLES if name != GAMES))
"""What is kept by part; games are made of the results of all parts of a season."""


class TableFolder:
    """One writer at a time: another gets FixMeError when it enters."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._own = root / OWN
        advice = "wait until it is done, or use another --into"
        self._lock = InstanceLock(self._own / "lock", what=f"the tables in {root}", option="--into", advice=advice)
        self._known: dict[str, tuple[TablePart, str]] = {}
        """Parts, and the hashes of what is remembered of them."""

    def __enter__(self) -> Self:
        self._refuse_others()
        self._lock.acquire()
        try:
            with _in_our_words(self._root):
                for name in ("parts", "seasons", f"new/{RESULTS}", *(f"new/{table}" for table in TABLES), RESULTS):
                    (self._own / name).mkdir(parents=True, exist_ok=True)
                for table in TABLES:
                    (self._root / table).mkdir(exist_ok=True)
                for left in self._own.rglob("*.tmp"):
                    left.unlink(missing_ok=True)
                shutil.rmtree(self._own / "spill", ignore_errors=True)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, _1: type[BaseException] | None, _2: BaseException | None, _3: TracebackType | None) -> None:
        self._lock.release()

    def _refuse_others(self) -> None:
        """Files of others would be swept away."""
        if not self._own.exists() and any(any((self._root / table).glob("*")) for table in TABLES):
            raise FixMeError(f"{self._root}: has files that are not of `adce tables`; name a new folder with --into")

    def parts(self) -> Mapping[str, TablePart]:
        """See `ports.TableFiles`."""
        with _in_our_words(self._root):
            for path in sorted((self._own / "parts").glob("*.json")):
                read = self._read_part(path.read_bytes())
                if read is None:
                    path.unlink()
                else:
                    self._known[read[0].name] = read
            self._sweep()
        return {name: part for name, (part, _) in self._known.items()}

    @contextlib.contextmanager
    def write(self, part: TablePart, keep: Mapping[str, float]) -> Iterator[FilePartWriter]:
        """See `ports.TableFiles`."""
        from adce_async.adapters.tables.part_writer import FilePartWriter  # noqa: PLC0415 - pyarrow: 0.2 s

        file = file_name(part)
        with _in_our_words(self._root):
            writer = FilePartWriter({table: self._new(table) / file for table in STORED})
            try:
                for table in STORED:
                    writer.keep(table, self._current(table, file), keep)
                yield writer
                held = writer.close()
            except BaseException:
                writer.abandon()
                raise
            for table in STORED:
                if table not in held:
                    (self._new(table) / file).unlink(missing_ok=True)
                    (self._final(table) / file).unlink(missing_ok=True)
            self._remember(part, held)

    def drop(self, part: TablePart) -> None:
        """See `ports.TableFiles`."""
        file = file_name(part)
        with _in_our_words(self._root):
            (self._own / "parts" / f"{_safe(part.name)}.json").unlink(missing_ok=True)
            for table in STORED:
                (self._new(table) / file).unlink(missing_ok=True)
                (self._final(table) / file).unlink(missing_ok=True)
        self._known.pop(part.name, None)

    def finish(self) -> Mapping[str, TableCounts]:
        """See `ports.TableFiles`."""
        totals = dict.fromkeys(TABLES, TableCounts())
        seasons: dict[str, list[tuple[TablePart, str]]] = {}
        for part, digest in self._known.values():
            seasons.setdefault(part.season or "all", []).append((part, digest))
        with _in_our_words(self._root):
            for season, parts in sorted(seasons.items()):
                for table, counts in self._finish(season, parts).items():
                    totals[table] += counts
            for stamp in (self._own / "seasons").glob("*.json"):
                if stamp.stem not in {_safe(season) for season in seasons}:
                    (self._root / GAMES / f"{stamp.stem}.parquet").unlink(missing_ok=True)
                    stamp.unlink()
        return totals

    def _finish(self, season: str, parts: list[tuple[TablePart, str]]) -> Mapping[str, TableCounts]:
        stamp = self._own / "seasons" / f"{_safe(season)}.json"
        games = self._root / GAMES / f"{_safe(season)}.parquet"
        of = hashlib.sha256("".join(sorted(digest for _, digest in parts)).encode()).hexdigest()
        if (known := _counts(stamp, of)) is not None and (not known[GAMES].rows or _is_whole(games)):
            return known
        files: dict[str, list[tuple[Path, Path]]] = {}
        for table in STORED:
            pairs = [(self._new(table) / file_name(part), self._final(table) / file_name(part)) for part, _ in parts]
            files[table] = [
                (new if new.exists() else final, final) for new, final in pairs if new.exists() or final.exists()
            ]
        from adce_async.adapters.tables.finishing import finish_season  # noqa: PLC0415 - DuckDB: only where something changed

        counts = finish_season(files, games)
        body = {"of": of, "tables": {table: (found.rows, found.conflicts) for table, found in counts.items()}}
        _replace(stamp, orjson.dumps(body))
        return counts

    def _remember(self, part: TablePart, held: Mapping[str, int]) -> None:
        objects = {key: (one.tag, one.modified, one.reason) for key, one in sorted(part.objects.items())}
        body = orjson.dumps(
            {
                "version": VERSION, "source": part.source, "data_type": part.data_type, "season": part.season,
                "tables": sorted(held), "objects": objects,
            }
        )  # fmt: skip
        _replace(self._own / "parts" / f"{_safe(part.name)}.json", body)
        self._known[part.name] = (part, hashlib.sha256(body).hexdigest())

    def _read_part(self, body: bytes) -> tuple[TablePart, str] | None:
        """None for what is of another version, is damaged, or has lost a file."""
        try:
            said = orjson.loads(body)
            if said["version"] != VERSION:
                return None
            objects = {key: TabledObject(*one) for key, one in said["objects"].items()}
            part = TablePart(said["source"], said["data_type"], said["season"], objects)
            tables = said["tables"]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return None
        if not all(_is_whole(self._current(table, file_name(part))) for table in tables):
            return None
        return part, hashlib.sha256(body).hexdigest()

    def _sweep(self) -> None:
        """Remove files of parts that nobody knows: their rows would be told for ever."""
        known = {file_name(part) for part, _ in self._known.values()}
        for table in STORED:
            for folder in (self._new(table), self._final(table)):
                for path in folder.glob("*.parquet"):
                    if path.name not in known:
                        path.unlink()

    def _new(self, table: str) -> Path:
        return self._own / "new" / table

    def _final(self, table: str) -> Path:
        return self._own / RESULTS if table == RESULTS else self._root / table

    def _current(self, table: str, file: str) -> Path:
        new = self._new(table) / file
        return new if new.exists() else self._final(table) / file


def _is_whole(path: Path) -> bool:
    """True if it is a Parquet file by its end, which is written last."""
    try:
        with path.open("rb") as file:
            file.seek(-len(_MAGIC), os.SEEK_END)
            return file.read() == _MAGIC
    except OSError:
        return False


def file_name(part: TablePart) -> str:
    """The file of a part, in each table."""
    return f"{_safe(part.name)}.parquet"


def _safe(name: str) -> str:
    return quote(name, safe=" +,=@")


def _counts(stamp: Path, of: str) -> dict[str, TableCounts] | None:
    """What was counted when the season was finished from just this; None if it was not."""
    try:
        said = orjson.loads(stamp.read_bytes())
        counts = {table: TableCounts(*found) for table, found in said["tables"].items()}
        return counts if said["of"] == of and counts.keys() == TABLES.keys() else None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None


def _replace(path: Path, body: bytes) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(body)
    temporary.replace(path)


@contextlib.contextmanager
def _in_our_words(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # pyarrow's and DuckDB's about files are put into it by who calls them
        raise StoreError(describe(error.filename or root, "writing tables", error)) from error
