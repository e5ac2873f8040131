"""`GrantJournal` in a memory-mapped file: what was written there survives kill -9, for the kernel owns the pages.

The file is a header and one section a source, each a ring of records of equal size:

    header   magic, version, number of sections and checksum (64 bytes)
    section  name of the source, capacity, checksum of both (256 bytes), then `capacity` records
    record   sequence number, time, checksum of both (24 bytes); number n stands at place n modulo capacity

A record that was being written when the process died fails its checksum and is left out; it is the newest one.
At opening the good records are copied to a new file that takes the place of the old one, so damage does not pile
up and capacities may change. Numbers go on for ever, so it is known how many requests there were that no record is
left of: they count as made when the oldest known one was, which is later than they were, so no limit is exceeded.
A machine crash may lose the last seconds: the time that it takes to boot is longer.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from adce_async.adapters.files import describe
from adce_async.errors import FixMeError

CAPACITY = 10_000
"""Grants of a source that are kept at least, so that limits raised or added later find their history."""

_MAGIC = b"adcegrnt"
_VERSION = 2
_HEADER = struct.Struct("<8sIIII40x")
"""Between version and number of sections: the capacity of sections that state none, those of version 1."""
_SECTION = struct.Struct("<248sII")
_BODY = struct.Struct("<Qd")
_RECORD = struct.Struct("<QdI4x")


class MmapGrantJournal:
    """Satisfies `ports.GrantJournal`; open from the start until `close`, in one process at a time.

    How many grants of a source are kept: `capacities`, no less than the highest limit of any of its windows, and
    `least` for every source; each takes 24 bytes of the file, which are written in advance.
    If there was damage, `recovered` says so, the old file is set aside as `NAME.broken`, and `known` are the sources
    whose past is not lost. Raises FixMeError if the file can't be made.
    """

    def __init__(self, path: Path, least: int = CAPACITY, capacities: Mapping[str, int] | None = None) -> None:
        self.recovered: str | None = None
        self._path = path
        self._least = least
        self._capacities = capacities or {}
        self._places: dict[str, tuple[int, int, int]] = {}  # source -> (offset of its records, capacity, next number)
        kept = self._read_old()
        self.known = frozenset(kept)
        fresh = path.with_name(path.name + ".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.ExitStack() as undo:
                self._file = undo.enter_context(fresh.open("w+b"))
                self._file.write(_header(0))
                self._file.flush()
                self._map = mmap.mmap(self._file.fileno(), 0)
                undo.callback(self.close)
                for source, (first, times) in kept.items():
                    self._add(source, first, times)
                self._map.flush()
                if self.recovered:
                    path.replace(_broken(path))
                fresh.replace(path)
                undo.pop_all()
        except OSError as error:
            raise FixMeError(describe(path, "the journal of requests can't be written", error)) from error

    def record(self, source: str, at_wall: float) -> None:
        """Note a request. After `load` of its source it can't fail; before, a full disk raises OSError."""
        offset, capacity, number = self._places.get(source) or self._add(source)
        checksum = zlib.crc32(_BODY.pack(number, at_wall))
        _RECORD.pack_into(self._map, offset + number % capacity * _RECORD.size, number, at_wall, checksum)
        self._places[source] = (offset, capacity, number + 1)

    def load(self, source: str) -> list[float]:
        """Wall-clock times of the last requests of `source`, in the order in which they were made.

        As many as there is room for: those that no record is left of have the time of the next one that is known.
        Makes room for the next ones, so that a full disk is a FixMeError here and not an error of a request.
        """
        try:
            offset, capacity, _ = self._places.get(source) or self._add(source)
        except OSError as error:
            raise FixMeError(describe(self._path, "the journal of requests can't be written", error)) from error
        return _records(self._map, offset, capacity)[1]

    def close(self) -> None:
        """Bring everything to disk; may be called twice."""
        if not self._map.closed:
            self._map.flush()
            self._map.close()
            self._file.close()

    def _add(self, source: str, first: int = 0, times: list[float] | None = None) -> tuple[int, int, int]:
        """Append a section. Its bytes are written, not just claimed: a full disk must say so here and now."""
        name = source.encode()
        if len(name) > 248:
            raise ValueError(f"a source's name has at most 248 bytes: {source!r}")
        capacity = max(self._least, self._capacities.get(source, 0))
        start, file = self._map.size(), self._file.fileno()
        section = bytearray(_SECTION.size + capacity * _RECORD.size)
        _SECTION.pack_into(section, 0, name, capacity, 0)
        _SECTION.pack_into(section, 0, name, capacity, _checksum(section))
        number = first
        for number, at in enumerate(times or (), first):
            place = _SECTION.size + number % capacity * _RECORD.size
            _RECORD.pack_into(section, place, number, at, zlib.crc32(_BODY.pack(number, at)))
        self._map.close()
        try:
            written = 0
            while written < len(section):
                written += os.pwrite(file, memoryview(section)[written:], start + written)
        except OSError:
            os.ftruncate(file, start)
            raise
        finally:
            self._map = mmap.mmap(file, 0)
        self._places[source] = start + _SECTION.size, capacity, number + bool(times)
        self._map[: _HEADER.size] = _header(len(self._places))  # last: what was not added completely does not count
        return self._places[source]

    def _read_old(self) -> dict[str, tuple[int, list[float]]]:
        """By source: the number of its first request that is known, and the times from there on."""
        kept: dict[str, tuple[int, list[float]]] = {}
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return kept
        except OSError as error:
            raise FixMeError(describe(self._path, "the journal of requests can't be read", error)) from error
        damage = []
        try:
            for source, offset, capacity in _stored(data):
                try:
                    kept[source] = _records(data, offset, capacity)
                except ValueError as error:
                    damage.append(f"{source}: {error}")
        except ValueError as error:
            damage.append(str(error))
        if damage:
            aside = _broken(self._path).name
            self.recovered = f"{self._path} was damaged ({'; '.join(damage)}): set aside as {aside}, a new one was made"
        return kept


def _broken(path: Path) -> Path:
    return path.with_name(path.name + ".broken")


def _header(sections: int) -> bytes:
    checksum = zlib.crc32(_HEADER.pack(_MAGIC, _VERSION, 0, sections, 0))
    return _HEADER.pack(_MAGIC, _VERSION, 0, sections, checksum)


def _checksum(section: bytes | bytearray) -> int:
    """Of name and capacity. Without the zeros at their end, so that version 1, which had no capacity, fits."""
    return zlib.crc32(section[: _SECTION.size - 4].rstrip(b"\0"))


def _sections(data: bytes) -> Iterator[tuple[str, list[float]]]:
    """Each source and its times. Raises ValueError where it is no journal, or is damaged."""
    for source, offset, capacity in _stored(data):
        yield source, _records(data, offset, capacity)[1]


def _stored(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Each source, the offset of its records, and its capacity. Raises ValueError at damage."""
    if len(data) < _HEADER.size:
        raise ValueError("not a journal of requests")
    magic, version, of_each, sections, _ = _HEADER.unpack_from(data)
    of_first_version = magic == _MAGIC and version == 1
    if not of_first_version and data[: _HEADER.size] != _header(sections):
        raise ValueError("not a journal of requests")
    start, number = _HEADER.size, 0
    while of_first_version or number < sections:
        offset = start + _SECTION.size
        if offset > len(data):
            break
        name, capacity, checksum = _SECTION.unpack_from(data, start)
        if checksum != _checksum(data[start:offset]) or not (capacity or of_each):
            raise ValueError("what tells whose requests these are is not readable")
        start = offset + (capacity or of_each) * _RECORD.size
        if start > len(data):
            break
        yield name.rstrip(b"\0").decode("utf-8", "replace"), offset, capacity or of_each
        number += 1
    if number < sections:
        raise ValueError(f"it ends after {number} of {sections} sources")


def _records(data: bytes | mmap.mmap, offset: int, capacity: int) -> tuple[int, list[float]]:
    """The number of the first request that there is room for, and the times from there on.

    Raises ValueError if more than the one record that was being written is damaged: the newest may be among them.
    """
    found = {}
    strange = 0
    records = _RECORD.iter_unpack(data[offset : offset + capacity * _RECORD.size])
    for place, (number, at, checksum) in enumerate(records):
        if not number and not checksum:
            continue
        if checksum == zlib.crc32(_BODY.pack(number, at)) and number % capacity == place:
            found[number] = at
        else:
            strange += 1
    if strange > 1:
        raise ValueError(f"{strange} records are not readable")
    if not found:
        return 0, []
    last = max(found)
    first, at, times = max(0, last + 1 - capacity), found[last], []
    for number in range(last, first - 1, -1):
        at = found.get(number, at)
        times.append(at)
    times.reverse()
    return first, times


def read_grants(path: Path) -> dict[str, list[float]]:
    """Wall-clock times of the kept requests of each source, oldest first; nothing if there is no journal at `path`.

    It only reads, so it may be called beside the process that has the journal open.
    """
    try:
        return dict(_sections(path.read_bytes()))
    except (OSError, ValueError, struct.error):
        return {}
