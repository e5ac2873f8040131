"""Messages that nobody understands, kept for people in a file of bounded size."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from adce_async.errors import readable
from adce_async.model.days import iso
from adce_async.redaction import redact

MOST_BYTES = 1_000_000
"""A larger file becomes the one before it, whose own predecessor goes: the two hold twice as much at most."""
_MOST_OF_ONE = 20_000


@dataclass(frozen=True, slots=True)
class Unread:
    """A message and what is wrong with it."""

    body: str
    reason: str


class SetAside:
    """A file of JSON lines: `{at, reason, body}`, the newest last."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self.path = path
        self._most = most_bytes

    @property
    def before(self) -> Path:
        """The file that this one has taken the place of, if there is one."""
        return self.path.with_name(f"{self.path.name}.before")

    def keep(self, messages: Sequence[Unread], now: float) -> None:
        """Append them. It writes: not on the event loop. Raises OSError."""
        lines = [_line(each, now) for each in messages]
        while sum(map(len, lines)) > self._most and len(lines) > 1:
            del lines[: (len(lines) + 1) // 2]
        text = b"".join(lines)
        size = 0
        with contextlib.suppress(FileNotFoundError):
            size = self.path.stat().st_size
        if size and size + len(text) > self._most:
            self.path.replace(self.before)
        with self.path.open("ab") as file:
            file.write(text)


def _line(message: Unread, now: float) -> bytes:
    body = redact(readable(message.body[:_MOST_OF_ONE]))
    return orjson.dumps({"at": iso(now), "reason": redact(readable(message.reason)), "body": body}) + b"\n"
