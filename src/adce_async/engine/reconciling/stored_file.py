"""What a full listing found, in a file: by the beginnings of keys, so that what is compared together is read together.

An Arrow file of batches, each with keys of one beginning only, and a small document beside it that says which are
where. The document is written last, and each whole: a file that was cut short is never believed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import orjson

from adce_async.errors import StoreError
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.sorted_keys import in_order

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 65_536
"""Rows of one beginning that are written together, ..."""
MOST_ROWS = 400_000
"""... and of all that wait to be, at most."""
_NAMES = ("keys", "sizes", "modified", "etags", "verified")
_DOCUMENT = "stored.json"
_VERSION = 1


class Beginnings:
    """Sorts keys by the longest of these beginnings that they have; '' where they have none.

    >>> of = Beginnings(["espn/", "espn/2024-25/"])
    >>> of.of("espn/2024-25/1.json"), of.of("espn/x"), of.of("readme")
    ('espn/2024-25/', 'espn/', '')
    """

    def __init__(self, prefixes: Collection[str]) -> None:
        self.all = frozenset(prefixes)
        self._lengths = sorted({len(prefix) for prefix in self.all}, reverse=True)

    def of(self, key: str) -> str:
        """The one of `key`."""
        return next((key[:length] for length in self._lengths if key[:length] in self.all), "")

    def split(self, columns: StoredColumns) -> Iterator[tuple[str, StoredColumns]]:
        """The columns, by beginning. In a listing most batches are of one; each more costs a look at the rest."""
        import pyarrow.compute as pc  # noqa: PLC0415

        rest = columns
        while len(rest):
            prefix = self.of(rest.keys[0].as_py())
            mine = pc.starts_with(rest.keys, prefix)
            for longer in self.all:
                if longer != prefix and longer.startswith(prefix):
                    mine = pc.and_not(mine, pc.starts_with(rest.keys, longer))
            if pc.all(mine).as_py():
                yield prefix, rest
                return
            yield prefix, select(rest, mine)
            rest = select(rest, pc.invert(mine))


def select(columns: StoredColumns, mask: pa.BooleanArray) -> StoredColumns:
    """The rows where `mask` is true."""
    return _each(columns, lambda column: column.filter(mask))


def take(columns: StoredColumns, rows: pa.Array) -> StoredColumns:
    """These rows, in their order."""
    return _each(columns, lambda column: column.take(rows))


def ordered(columns: StoredColumns) -> StoredColumns:
    """The same in the order of their keys."""
    import pyarrow.compute as pc  # noqa: PLC0415

    return columns if in_order(columns.keys) else take(columns, pc.array_sort_indices(columns.keys))


def joined(parts: Sequence[StoredColumns]) -> StoredColumns:
    """All of them, one after another. Where one does not know what is verified, that is nothing."""
    import pyarrow as pa  # noqa: PLC0415

    if len(parts) == 1:
        return parts[0]
    if not parts:
        return StoredColumns.of(())
    keys, sizes, modified, etags = (
        pa.concat_arrays([getattr(part, name) for part in parts]) for name in ("keys", "sizes", "modified", "etags")
    )
    return StoredColumns(keys, sizes, modified, etags, pa.concat_arrays([verified_of(part) for part in parts]))


def verified_of(columns: StoredColumns) -> pa.BooleanArray:
    """The column `verified`, which is all False where nobody knows."""
    import pyarrow as pa  # noqa: PLC0415

    known = columns.verified
    return pa.repeat(pa.scalar(False, pa.bool_()), len(columns)) if known is None else known


def _each(columns: StoredColumns, do: Any) -> StoredColumns:
    known = columns.verified
    return StoredColumns(
        do(columns.keys),
        do(columns.sizes),
        do(columns.modified),
        do(columns.etags),
        None if known is None else do(known),
    )


class StoredFile:
    """One of them, to read. `as_of`: when its listing began, `taken_at`: when we had it (seconds since the epoch)."""

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self.as_of = float(document["as_of"])
        self.taken_at = float(document["taken_at"])
        self.source = str(document["source"])
        self.rows = int(document["rows"])
        self.knows_verified = bool(document["knows_verified"])
        """False where whoever listed could not tell what we have stored ourselves."""
        self.listed = tuple(map(str, document["listed"]))
        """What was listed: the beginnings of keys outside of which nothing is known."""
        self._at: dict[str, list[int]] = document["batches"]
        self.beginnings = Beginnings(document["prefixes"])
        self.path = folder / str(document["file"])
        if self.path.stat().st_size != document["bytes"]:
            raise ValueError(f"{self.path}: is not as long as it was")

    @classmethod
    def load(cls, folder: Path) -> StoredFile | None:
        """The one in `folder`; None if there is none. Raises ValueError if it can't be believed."""
        try:
            document = orjson.loads((folder / _DOCUMENT).read_bytes())
            if document["version"] != _VERSION:
                raise ValueError(f"{folder / _DOCUMENT}: is of another version")
            return cls(folder, document)
        except FileNotFoundError:
            return None
        except (OSError, LookupError, TypeError, orjson.JSONDecodeError) as error:
            raise ValueError(f"{folder / _DOCUMENT}: {error}") from error

    def covers(self, prefixes: Sequence[str]) -> bool:
        """True if all that begins with one of `prefixes` was listed."""
        return all(prefix.startswith(self.listed) for prefix in prefixes)

    def under(self, prefix: str, *, etags: bool = True) -> Iterator[StoredColumns]:
        """All rows whose keys begin with `prefix`, some at a time. Blocks. Raises StoreError if they can't be read.

        Quick where that is one of the beginnings, or what several of them begin with. Without `etags` they are empty.
        """
        inside = sorted(n for own, at in self._at.items() if own.startswith(prefix) for n in at)
        yield from self._read(inside, etags=etags)
        if prefix in self.beginnings.all:
            return
        for own, at in self._at.items():
            if prefix != own and prefix.startswith(own):
                for columns in self._read(at, etags=etags):
                    yield under_any(columns, [prefix])

    def own(self, prefix: str) -> StoredColumns:
        """The rows of this beginning alone. Blocks. Raises StoreError."""
        return joined(list(self._read(self._at.get(prefix, []))))

    def _read(self, numbers: Sequence[int], *, etags: bool = True) -> Iterator[StoredColumns]:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.ipc  # noqa: PLC0415

        if not numbers:
            return
        try:
            fields = [_NAMES.index(name) for name in _NAMES if etags or name != "etags"]
            options = pyarrow.ipc.IpcReadOptions(included_fields=fields)
            with pa.OSFile(str(self.path)) as source, pyarrow.ipc.open_file(source, options=options) as reader:
                for number in numbers:
                    yield _of_batch(reader.get_batch(number), knows_verified=self.knows_verified)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise StoreError(f"{self.path}: can't be read: {error}; the lake is listed anew") from error

    def everything(self) -> Iterator[StoredColumns]:
        """All rows, some at a time. Blocks. Raises StoreError."""
        return self._read([number for numbers in self._at.values() for number in numbers])

    def remove(self) -> None:
        """Nobody needs it any more."""
        with contextlib.suppress(OSError):
            self.path.unlink()


class StoredFileWriter:
    """Makes one; `with` it. What was not `finish`ed leaves nothing behind. Blocks. Raises StoreError."""

    def __init__(self, folder: Path, prefixes: Collection[str], listed: Sequence[str] = ("",)) -> None:
        """`prefixes`: the beginnings to sort by. What begins with none of `listed` is left out."""
        self._folder = folder
        self._listed = listed
        self._knows_verified = True
        self._path = folder / f"stored-{secrets.token_hex(6)}.arrow"
        self._beginnings = Beginnings(prefixes)
        self._waiting: dict[str, list[StoredColumns]] = {}
        self._rows_waiting = 0
        self._at: dict[str, list[int]] = {}
        self._count = self.rows = 0
        self._done = False

    def __enter__(self) -> Self:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.ipc  # noqa: PLC0415

        kinds = (pa.string(), pa.int64(), pa.float64(), pa.string(), pa.bool_())
        self._schema = pa.schema([pa.field(name, kind) for name, kind in zip(_NAMES, kinds, strict=True)])
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._sink = pa.OSFile(str(self._path), "wb")
            options = pyarrow.ipc.IpcWriteOptions(compression="lz4")
            self._writer = pyarrow.ipc.new_file(self._sink, self._schema, options=options)
        except OSError as error:
            raise StoreError(f"{self._path}: can't be written: {error}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._done:
            with contextlib.suppress(OSError):
                self._sink.close()
                self._path.unlink()

    @property
    def rows_in_all(self) -> int:
        """How many were added."""
        return self.rows + self._rows_waiting

    def add(self, columns: StoredColumns) -> None:
        """These rows, too."""
        self._knows_verified = self._knows_verified and columns.verified is not None
        for prefix, found in self._beginnings.split(columns):
            some = found if prefix else under_any(found, self._listed)
            waiting = self._waiting.setdefault(prefix, [])
            waiting.append(some)
            self._rows_waiting += len(some)
            if sum(map(len, waiting)) >= BATCH_ROWS:
                self._write(prefix)
        while self._rows_waiting > MOST_ROWS:
            self._write(max(self._waiting, key=lambda prefix: sum(map(len, self._waiting[prefix]))))

    def finish(self, *, as_of: float, taken_at: float, source: str, keep: bool = True) -> StoredFile:
        """It is complete; `keep`: the one to `load` from now on, any other one is removed."""
        for prefix in list(self._waiting):
            self._write(prefix)
        try:
            self._writer.close()
            self._sink.close()
            with self._path.open("rb") as written:
                os.fsync(written.fileno())
            document = {
                "version": _VERSION,
                "file": self._path.name,
                "bytes": self._path.stat().st_size,
                "rows": self.rows,
                "as_of": as_of,
                "taken_at": taken_at,
                "source": source,
                "knows_verified": self._knows_verified,
                "listed": list(self._listed),
                "prefixes": sorted(self._beginnings.all),
                "batches": self._at,
            }
            if keep:
                self._keep(document)
        except OSError as error:
            raise StoreError(f"{self._path}: can't be written: {error}") from error
        self._done = True
        return StoredFile(self._folder, document)

    def _keep(self, document: dict[str, Any]) -> None:
        temporary = self._folder / f"{_DOCUMENT}.new"
        with temporary.open("wb") as out:
            out.write(orjson.dumps(document))
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self._folder / _DOCUMENT)
        for other in self._folder.glob("stored-*.arrow"):  # of before, or of a process that was killed
            if other != self._path:
                with contextlib.suppress(OSError):
                    other.unlink()

    def _write(self, prefix: str) -> None:
        import pyarrow as pa  # noqa: PLC0415

        some = joined(self._waiting.pop(prefix))
        if not len(some):
            return
        self._rows_waiting -= len(some)
        columns = [some.keys, some.sizes, some.modified, some.etags, verified_of(some)]
        try:
            self._writer.write_batch(pa.record_batch(columns, schema=self._schema))
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{self._path}: can't be written: {error}") from error
        self._at.setdefault(prefix, []).append(self._count)
        self._count += 1
        self.rows += len(some)


def _of_batch(batch: pa.RecordBatch, *, knows_verified: bool) -> StoredColumns:
    import pyarrow as pa  # noqa: PLC0415

    named = dict(zip(batch.schema.names, batch.columns, strict=True))
    if "etags" not in named:
        named["etags"] = pa.repeat(pa.scalar("", pa.string()), batch.num_rows)
    if not knows_verified:
        named["verified"] = None
    return StoredColumns(**named)


def under_any(columns: StoredColumns, prefixes: Sequence[str]) -> StoredColumns:
    """Those rows whose keys begin with one of `prefixes`."""
    import pyarrow.compute as pc  # noqa: PLC0415

    if "" in prefixes or not prefixes:
        return columns
    wanted = pc.starts_with(columns.keys, prefixes[0])
    for prefix in prefixes[1:]:
        wanted = pc.or_(wanted, pc.starts_with(columns.keys, prefix))
    return select(columns, wanted)


def lean_memory() -> None:
    """Let pyarrow have its memory of who keeps least of it for later, where that is there. Of no effect on results."""
    import pyarrow as pa  # noqa: PLC0415

    if "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(1000)


def forget(folder: Path) -> None:
    """Whatever is there is not to be believed any more."""
    for path in (folder / _DOCUMENT, *folder.glob("stored-*.arrow")):
        with contextlib.suppress(OSError):
            path.unlink()
