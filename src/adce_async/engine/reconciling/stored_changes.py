"""What has changed since the last full listing: our own puts, and what others report. Newer than any listing is.

Each change goes to a journal at once, a line each, so that a process that is killed forgets none; a line that was cut
short is none. Times are seconds since the epoch (UTC).
"""

from __future__ import annotations

import bisect
import contextlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog

from adce_async.model.coverage import StoredObject
from adce_async.model.stored_change import StoredChange

log = structlog.get_logger("adce.index")

SKEW = 5.0
"""Seconds by which the clock of the lake may differ from ours."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one key. `stored`: None if it was removed; `ours`: what we have put there last, if we have."""

    stored: StoredObject | None
    at: float
    sequencer: str = ""
    ours: StoredObject | None = None

    @property
    def is_ours(self) -> bool:
        """True if it is what we have put there."""
        return self.stored is not None and self.stored == self.ours


class StoredChanges:
    """The newest of each key. `path`: of the journal, None to keep none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: io.FileIO | None = None
        self._known: dict[str, Known] = {}
        self._sorted: list[str] | None = None
        self._broken = False

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> Known | None:
        """What is known of `key`; None if nothing has changed."""
        return self._known.get(key)

    def under(self, prefix: str) -> dict[str, Known]:
        """Those of the keys that begin with `prefix`."""
        if self._sorted is None:
            self._sorted = sorted(self._known)
        found = {}
        for place in range(bisect.bisect_left(self._sorted, prefix), len(self._sorted)):
            key = self._sorted[place]
            if not key.startswith(prefix):
                break
            found[key] = self._known[key]
        return found

    def put(self, stored: StoredObject, at: float) -> bool:
        """We have stored this; False if that was known."""
        old = self._known.get(stored.key)
        if old is not None and old.stored == stored:
            return False
        self._enter(stored.key, Known(stored, at, old.sequencer if old else "", stored))
        return True

    def apply(self, change: StoredChange) -> bool:
        """Others have stored or removed something; False if that says nothing new."""
        old = self._known.get(change.key)
        ours = old.ours if old else None
        found = None if change.removed else StoredObject(change.key, change.size, change.etag, change.at)
        if old is not None:
            before = StoredChange(change.key, removed=False, at=old.at, sequencer=old.sequencer)
            if old.sequencer and change.sequencer:
                if not change.is_later_than(before):
                    return False
            elif change.at + SKEW < old.at:
                return False
            if found is not None and ours is not None and ours.etag == found.etag:
                found = ours  # the echo of our own put
            self._enter(change.key, Known(found, max(old.at, change.at), change.sequencer or old.sequencer, ours))
            return found != old.stored
        self._enter(change.key, Known(found, change.at, change.sequencer))
        return True

    def keep_since(self, time: float, ours: float | None = None) -> None:
        """A full listing that began at `time` is there: what is older is in it.

        `ours`: the same for our own puts, where our own clock tells of both; None: as for others.
        """
        since = time if ours is None else ours
        self._known = {
            key: known for key, known in self._known.items() if known.at >= (since if known.is_ours else time)
        }
        self._sorted = None
        if self._path is None:
            return
        self.close()
        temporary = self._path.with_suffix(".new")
        try:
            temporary.write_bytes(b"".join(_line(key, known) for key, known in self._known.items()))
            temporary.replace(self._path)
        except OSError as error:
            self._fail(error)

    def load(self, since: float) -> None:
        """What earlier processes have seen since `since`."""
        if self._path is None:
            return
        with contextlib.suppress(FileNotFoundError):
            for line in self._path.read_bytes().splitlines():
                with contextlib.suppress(ValueError, TypeError, LookupError):  # cut short
                    key, known = _read(line)
                    if known.at >= since:
                        self._known[key] = known

    @property
    def broken(self) -> bool:
        """True if the journal could not be written: the next process must list anew."""
        return self._broken

    def close(self) -> None:
        """The journal stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _enter(self, key: str, known: Known) -> None:
        if key not in self._known:
            self._sorted = None
        self._known[key] = known
        if self._path is None or self._broken:
            return
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = io.FileIO(str(self._path), "a")
            self._file.write(_line(key, known))
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        if not self._broken:
            log.warning(
                "what changes in the lake can't be noted", error=str(error), next="it is listed after a restart"
            )
        self._broken = True


def _line(key: str, known: Known) -> bytes:
    row = [key, known.at, known.sequencer, _row(known.stored), _row(known.ours)]
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def _row(stored: StoredObject | None) -> Iterable[object] | None:
    return None if stored is None else [stored.size, stored.etag, stored.modified, stored.verified]


def _read(line: bytes) -> tuple[str, Known]:
    key, at, sequencer, stored, ours = orjson.loads(line)
    return key, Known(_object(key, stored), float(at), str(sequencer), _object(key, ours))


def _object(key: str, row: list[object] | None) -> StoredObject | None:
    if row is None:
        return None
    size, etag, modified, verified = row
    return StoredObject(key, int(str(size)), str(etag), float(str(modified)), bool(verified))
