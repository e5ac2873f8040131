"""`GrantJournal` in a memory-mapped file: what was written there survives kill -9, for the kernel owns the pages.

The file is a header and one section a source, each a ring of records of equal size:

    header   magic, version and capacity
    section  name of the source and checksum (256 bytes), then `capacity` records
    record   sequence number, time, checksum of both (24 bytes); number n stands at place n modulo capacity

A record that was being written when the process died fails its checksum and is left out; it is the newest one.
At opening the good records are copied to a new file that takes the place of the old one, so damage does not pile
up and the capacity may change. A machine crash may lose the last seconds: the time that it takes to boot is longer.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from adce_async.adapters.files import describe
from adce_async.errors import FixMeError

_MAGIC = b"adcegrnt"
_VERSION = 1
_HEADER = struct.Struct("<8sII48x")
_SECTION = struct.Struct("<252sI")
_BODY = struct.Struct("<Qd")
_RECORD = struct.Struct("<QdI4x")


class MmapGrantJournal:
    """Satisfies `ports.GrantJournal`; open from the start until `close`, in one process at a time.

    `capacity_per_source`: how many grants of each source are kept; no less than the highest limit of any window.
    What can't be read as a journal is set aside as `NAME.broken`. Raises FixMeError if the file can't be made.
    """

    def __init__(self, path: Path, capacity_per_source: int = 10_000) -> None:
        self._path = path
        self._capacity = capacity_per_source
        self._section_bytes = _SECTION.size + capacity_per_source * _RECORD.size
        self._places: dict[str, tuple[int, int]] = {}  # source -> (offset of its records, next number)
        kept = self._read_old()
        fresh = path.with_name(path.name + ".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.ExitStack() as undo:
                self._file = undo.enter_context(fresh.open("w+b"))
                self._file.write(_HEADER.pack(_MAGIC, _VERSION, capacity_per_source))
                self._file.flush()
                self._map = mmap.mmap(self._file.fileno(), 0)
                undo.callback(self.close)
                for source, times in kept.items():
                    for at in times[-capacity_per_source:]:
                        self.record(source, at)
                self._map.flush()
                fresh.replace(path)
                undo.pop_all()
        except OSError as error:
            raise FixMeError(describe(path, "the journal of requests can't be written", error)) from error

    def record(self, source: str, at_wall: float) -> None:
        """Note a request. After `load` of its source it can't fail; before, a full disk raises OSError."""
        offset, number = self._places.get(source) or self._add(source)
        body = _BODY.pack(number, at_wall)
        _RECORD.pack_into(self._map, offset + number % self._capacity * _RECORD.size, number, at_wall, zlib.crc32(body))
        self._places[source] = (offset, number + 1)

    def load(self, source: str) -> list[float]:
        """Wall-clock times of the kept requests of `source`, in the order in which they were made.

        Makes room for the next ones, so that a full disk is a FixMeError here and not an error of a request.
        """
        try:
            offset, number = self._places[source] = self._places.get(source) or self._add(source)
        except OSError as error:
            raise FixMeError(describe(self._path, "the journal of requests can't be written", error)) from error
        return _records(self._map, offset, self._capacity) if number else []

    def close(self) -> None:
        """Bring everything to disk; may be called twice."""
        if not self._map.closed:
            self._map.flush()
            self._map.close()
            self._file.close()

    def _add(self, source: str) -> tuple[int, int]:
        """Append a section. Its bytes are written, not just claimed: a full disk must say so here and now."""
        name = source.encode()
        if len(name) > 252:
            raise ValueError(f"a source's name has at most 252 bytes: {source!r}")
        start, file = self._map.size(), self._file.fileno()
        section = memoryview(_SECTION.pack(name, zlib.crc32(name)).ljust(self._section_bytes, b"\0"))
        self._map.close()
        try:
            written = 0
            while written < len(section):
                written += os.pwrite(file, section[written:], start + written)
        except OSError:
            os.ftruncate(file, start)
            raise
        finally:
            self._map = mmap.mmap(file, 0)
        return start + _SECTION.size, 0

    def _read_old(self) -> dict[str, list[float]]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise FixMeError(describe(self._path, "the journal of requests can't be read", error)) from error
        try:
            return dict(_sections(data))
        except (ValueError, struct.error):
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_name(self._path.name + ".broken"))
            return {}


def _sections(data: bytes) -> Iterator[tuple[str, list[float]]]:
    """Each source and its times. Raises ValueError or struct.error if it is no journal; skips damaged sections."""
    magic, version, capacity = _HEADER.unpack_from(data)
    if magic != _MAGIC or version != _VERSION or capacity < 1:
        raise ValueError("not a journal of requests")
    size = _SECTION.size + capacity * _RECORD.size
    for start in range(_HEADER.size, len(data) - size + 1, size):
        padded, checksum = _SECTION.unpack_from(data, start)
        name = padded.rstrip(b"\0")
        if zlib.crc32(name) == checksum:
            yield name.decode("utf-8", "replace"), _records(data, start + _SECTION.size, capacity)


def _records(data: bytes | mmap.mmap, offset: int, capacity: int) -> list[float]:
    """The times of the valid records, in order."""
    found = {}
    records = _RECORD.iter_unpack(data[offset : offset + capacity * _RECORD.size])
    for place, (number, at, checksum) in enumerate(records):
        if checksum == zlib.crc32(_BODY.pack(number, at)) and number % capacity == place:
            found[number] = at
    return [at for _, at in sorted(found.items())]
