"""Which process is the service, so surely that it can be sent a signal: by its number and by when it was started.

A number alone is not enough. It is given to somebody else after a crash or a restart of the machine, and it means
somebody else in another container that shares the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adce_async.redaction import HIDDEN, redact

_STARTED = 18
"""Of the fields of /proc/PID/stat after the state: when the process was started, in ticks since the machine was."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that was the service when it wrote its file. `identity`: what no other process ever has."""

    pid: int
    identity: str
    folder: str = ""
    """Where it was started; '' if that is not known."""
    command: tuple[str, ...] = ()
    """With which words after the program's name; what is secret in them is hidden, see `whole_command`."""

    @property
    def runs(self) -> bool:
        """True if that very process is there."""
        return identity(self.pid) == self.identity

    def send(self, number: signal.Signals) -> bool:
        """Send it a signal; False if it is gone. Raises PermissionError if it is somebody else's to stop.

        Linux holds on to the process while it is looked at, so that nobody else can get its number in between.
        """
        held = None
        try:
            if hasattr(os, "pidfd_open"):
                held = os.pidfd_open(self.pid)
            if not self.runs:
                return False
            if held is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(held, number)
        except ProcessLookupError:
            return False
        finally:
            if held is not None:
                os.close(held)
        return True


def write(path: Path) -> None:
    """Write down that this process is the service. Raises OSError."""
    started = json.dumps({"folder": str(Path.cwd()), "command": [redact(word) for word in sys.argv[1:]]})
    path.write_text(f"{os.getpid()}\n{identity(os.getpid())}\n{started}\n")


def read(path: Path) -> Holder | None:
    """Who the service is; None if it is not there any more, or none has written it down."""
    try:
        pid, said, started = (*path.read_text(errors="replace").split("\n"), "", "", "")[:3]
    except OSError:
        return None
    if not (pid.isdecimal() and 0 < int(pid) < 2**31 and said):
        return None
    found = Holder(int(pid), said, *_how_started(started))
    return found if found.runs else None


def _how_started(text: str) -> tuple[str, tuple[str, ...]]:
    try:
        known = json.loads(text)
        return str(known["folder"]), tuple(map(str, known["command"]))
    except (ValueError, KeyError, TypeError):
        return "", ()


def whole_command(found: Holder) -> tuple[str, ...] | None:
    """Its words with what is secret, which no file holds but the system knows; None if that can't be told."""
    if not any(HIDDEN in word for word in found.command):
        return found.command
    try:
        said = Path(f"/proc/{found.pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return None
    words = tuple(map(os.fsdecode, said[-len(found.command) :]))
    same = len(words) == len(found.command) and all(
        HIDDEN in known or known == word for known, word in zip(found.command, words, strict=True)
    )
    return words if same and found.runs else None


def worker(lock: Path) -> int | None:
    """Who holds `lock`, that on the state, as far as can be told without trying it: the service, or a run that ends.

    Only to be told to people. It may be wrong after a crash.
    """
    try:
        pid = lock.read_text(errors="replace").partition(" ")[0]
    except OSError:
        return None
    return int(pid) if pid.isdecimal() and 0 < int(pid) < 2**31 and identity(int(pid)) else None


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """Within the block this process is the service. Raises OSError."""
    write(path)
    try:
        yield
    finally:
        remove(path)


def remove(path: Path) -> None:
    """Take back what we have written; what somebody else has written since stays."""
    with contextlib.suppress(OSError):
        if path.read_text(errors="replace").partition("\n")[0] == str(os.getpid()):
            path.unlink()


def identity(pid: int) -> str:
    """What tells the process with this number from all others that had it or have it elsewhere; '' if there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - no path that anybody chose
            state, *fields = file.read().rpartition(b") ")[2].split()
        if state in (b"Z", b"X"):
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')} {int(fields[_STARTED])}"  # noqa: PTH115
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
    except (OSError, ValueError, IndexError):
        return ""
    return _started_elsewhere(pid)


def _started_elsewhere(pid: int) -> str:
    """Where there is no /proc (macOS)."""
    asked = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=5).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
