"""`GrantJournal` in files that are only ever appended to: what was written survives kill -9, for the kernel has it.

A file is a first line that says what it is, and for each request a line for whom it counts: its time, that name, and a
checksum of both.

    adce requests 3
    1732771234.5 espn 1f0a77c3

Space is reserved ahead in small steps (zeros at the end), so that a full disk is told while there is still time.
A file that has grown and whose first request is too old for any limit becomes `NAME.1`, in the place of the one before
it: so both together hold all that any limit asks for, and never much more. A line that was being written when the
process died is left out: its request was not sent. A machine crash may lose the last seconds: the time that it takes
to boot is longer.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote

from adce_async.adapters.files import describe
from adce_async.errors import FixMeError, StoreError

SEGMENT_BYTES = 524_288
"""From this size on a file may be followed by the next one: about two hours at 50 requests a minute."""
RESERVE_BYTES = 65_536
"""How much is reserved at a time: about 1,500 requests."""

_FIRST_LINE = b"adce requests 3\n"
_FIRST_LINE_OF_OLD = b"adcegrnt"
_DOING = "the journal of requests can't be written"


class FileGrantJournal:
    """Satisfies `ports.GrantJournal`; open from the start until `close`, in one process at a time.

    What is older than `seconds` (the longest window of all limits) may be forgotten once a file has `segment` bytes.
    If there was damage, `recovered` says so, the files are set aside as `NAME.broken`, and the past of all sources is
    lost: `adopt` takes what can be told of it. Raises FixMeError if the files can't be written.
    """

    def __init__(self, path: Path, seconds: float = 3600.0, *, segment: int = SEGMENT_BYTES) -> None:
        self.recovered: str | None = None
        self._path = path
        self._seconds = seconds
        self._segment = segment
        self._first: float | None = None
        """When the first request in the current file was made."""
        self._names: dict[str, str] = {}
        self._past: dict[str, list[float]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            end = self._read()
            if end is None:
                self._begin()
            else:
                self._file, self._end, self._reserved = os.open(path, os.O_RDWR | os.O_CLOEXEC), end, end
                os.ftruncate(self._file, end)
        except OSError as error:
            raise FixMeError(describe(path, _DOING, error)) from error

    def record(self, source: str, at_wall: float, *also: str) -> None:
        """Note a request that goes out now, in one write. Raises StoreError if its disk has been full for some time."""
        at, lines = repr(at_wall), b""
        for name in (source, *also):
            body = f"{at} {self._names.get(name) or self._name(name)}".encode()
            lines += b"%s %08x\n" % (body, zlib.crc32(body))
        if self._end + len(lines) > self._reserved - RESERVE_BYTES // 8:
            self._make_room(len(lines), at_wall)
        os.pwrite(self._file, lines, self._end)
        self._end += len(lines)
        if self._first is None:
            self._first = at_wall

    def load(self, source: str) -> list[float]:
        """Wall-clock times of the requests of `source` that earlier processes made, in the order in which they were.

        To be asked once a source: the times are the caller's then. Makes room for the next ones, so that a full disk
        is a FixMeError here and not an error of a request.
        """
        try:
            if self._end > self._reserved - RESERVE_BYTES // 2:
                self._reserve()
        except OSError as error:
            raise FixMeError(describe(self._path, _DOING, error)) from error
        return self._past.pop(source, [])

    def adopt(self, source: str, times: Iterable[float]) -> None:
        """Requests of an earlier process that this journal did not know of, oldest first. Raises FixMeError."""
        past = self._past.setdefault(source, [])
        try:
            for at in times:
                self.record(source, at)
                past.append(at)
        except StoreError as error:
            raise FixMeError(str(error)) from error

    def close(self) -> None:
        """Bring everything to disk; may be called twice."""
        if self._file >= 0:
            with contextlib.suppress(OSError):  # what is reserved and not used; on the next opening it is dropped, too
                os.ftruncate(self._file, self._end)
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def _name(self, source: str) -> str:
        return self._names.setdefault(source, quote(source, safe=""))

    def _make_room(self, needed: int, now: float) -> None:
        """Go on in the next file, or reserve more of this one. Raises StoreError if there is none for this request."""
        try:
            if self._end >= self._segment and self._first is not None and self._first < now - self._seconds:
                before = self._file
                self._begin()
                os.close(before)
            else:
                self._reserve()
        except OSError as error:  # what is reserved still serves some requests
            if self._end + needed > self._reserved:
                raise StoreError(describe(self._path, _DOING, error)) from error

    def _begin(self) -> None:
        """A new file; the one that there was becomes the one before it."""
        fresh = self._path.with_name(self._path.name + ".new")
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            reserved = os.pwrite(file, _FIRST_LINE.ljust(RESERVE_BYTES, b"\0"), 0)
            with contextlib.suppress(FileNotFoundError):
                self._path.replace(_previous(self._path))
            fresh.replace(self._path)
        except OSError:
            os.close(file)
            raise
        self._file, self._end, self._reserved = file, len(_FIRST_LINE), reserved
        self._first = None

    def _reserve(self) -> None:
        self._reserved += os.pwrite(self._file, bytes(RESERVE_BYTES), self._reserved)

    def _read(self) -> int | None:
        """Take in both files; the end of what is whole in the current one, None if a new one has to be begun."""
        end, damage = None, []
        for path in (_previous(self._path), self._path):
            try:
                lines, end = _parse(path.read_bytes())
            except FileNotFoundError:
                end = None
            except ValueError as error:
                damage.append(f"{path.name}: {error}")
            else:
                self._first = None
                for source, at in lines:
                    self._first = at if self._first is None else self._first
                    self._past.setdefault(source, []).append(at)
        if damage:
            self._set_aside("; ".join(damage))
            return None
        return end

    def _set_aside(self, damage: str) -> None:
        """Nothing that stands in a damaged file is relied on: which requests are missing nobody knows."""
        self._past.clear()
        aside = []
        for path in (_previous(self._path), self._path):
            with contextlib.suppress(FileNotFoundError):
                broken = path.with_name(path.name + ".broken")
                path.replace(broken)
                aside.append(broken.name)
        self.recovered = f"{self._path} was damaged ({damage}): set aside as {' and '.join(aside)}, a new one was made"


def _previous(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def _parse(data: bytes) -> tuple[Iterable[tuple[str, float]], int]:
    """Source and time of each request, and the end of the last whole line. Raises ValueError where it is damaged."""
    if not data.startswith(_FIRST_LINE):
        old = data.startswith(_FIRST_LINE_OF_OLD)
        raise ValueError("written by an earlier version" if old else "not a journal of requests")
    text = data.rstrip(b"\0")  # what was reserved
    end = text.rfind(b"\n") + 1
    found: list[tuple[str, float]] = []
    names: dict[bytes, str] = {}
    for number, line in enumerate(text[len(_FIRST_LINE) : end].split(b"\n")[:-1], 2):
        body, _, checksum = line.rpartition(b" ")
        at, _, name = body.partition(b" ")
        if b"%08x" % zlib.crc32(body) != checksum:
            raise ValueError(f"line {number} is not readable")
        found.append((names.get(name) or names.setdefault(name, unquote(name.decode())), float(at)))
    return found, end


def read_grants(path: Path) -> dict[str, list[float]]:
    """Wall-clock times of the kept requests of each source, oldest first; nothing if there is no journal at `path`.

    It only reads, so it may be called beside the process that has the journal open.
    """
    times: dict[str, list[float]] = {}
    for each in (_previous(path), path):
        with contextlib.suppress(OSError, ValueError):
            for source, at in _parse(each.read_bytes())[0]:
                times.setdefault(source, []).append(at)
    return times
