"""Who holds the lock of a lake in S3, and whether it still runs."""

from __future__ import annotations

import json
import os
import secrets
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from adce_async.errors import one_line
from adce_async.model.days import iso
from adce_async.ports import Clock

TTL_SECONDS = 60.0
"""A lock that was not renewed for so long is nobody's."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock."""

    host: str
    pid: int
    boot: str
    """Names the machine (and the container) for as long as its process numbers mean the same."""
    instance: str
    """Names the state folder, which one process at a time works in."""
    since: str
    ttl: float = TTL_SECONDS

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host}, since {self.since}"

    @classmethod
    def of(cls, text: bytes) -> Holder | None:
        """Who a lock says that it is; None if it says nothing of the kind."""
        try:
            held = json.loads(text)
            return cls(
                host=one_line(str(held["host"]))[:100],
                pid=int(held["pid"]),
                boot=str(held["boot"]),
                instance=str(held["instance"]),
                since=one_line(str(held["since"]))[:40],
                ttl=min(max(float(held["ttl"]), 1.0), 10 * TTL_SECONDS),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def text(self) -> bytes:
        """What the lock says; each time it is written it says something else, so that its etag is another one."""
        return json.dumps(asdict(self) | {"writing": secrets.token_hex(8)}, indent=1).encode()


def runs(pid: int) -> bool:
    """True if there is such a process here."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def this_process(instance: str, clock: Clock) -> Holder:
    """Us. Reads files."""
    return Holder(socket.gethostname(), os.getpid(), _boot(), instance, iso(clock.now()))


def _boot() -> str:
    """Where process numbers mean the same: this start of this kernel, and this name space of processes."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)
