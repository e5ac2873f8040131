"""Telling systemd (or whoever else has asked for it) how the service is: the protocol of sd_notify(3).

A datagram of `NAME=VALUE` lines to the socket that `NOTIFY_SOCKET` names; an `@` in front stands for the abstract name
space. Nobody waits for an answer, and nothing fails because nobody listens.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import MutableMapping

import structlog

log = structlog.get_logger("adce.service")

_MOST_STATUS = 200
"""Characters of a status line."""


class Notifier:
    """Sends what happens to the service, if there is somebody to send it to."""

    def __init__(self, address: str | None, watchdog_seconds: float | None = None) -> None:
        """`watchdog_seconds`: so often somebody wants to hear that all is well, or ends us; None: nobody does."""
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        self.watchdog_seconds = watchdog_seconds if address else None
        self._failed = False

    @classmethod
    def of(cls, environ: MutableMapping[str, str]) -> Notifier:
        """As the environment asks for it. What it says about that is taken out: it is meant for no child of ours."""
        address = environ.pop("NOTIFY_SOCKET", None)
        microseconds, pid = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        ours = pid in ("", str(os.getpid()))
        seconds = int(microseconds) / 1e6 if ours and microseconds.isdecimal() and int(microseconds) else None
        return cls(address or None, seconds)

    @property
    def listened_to(self) -> bool:
        """True if somebody asked to be told."""
        return self._address is not None

    def ready(self) -> None:
        """The start, or a reload, is done."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is being read anew; `ready` says when that is over."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The service is about to end."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """No promise is broken: the watchdog may wait for another period."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for people: `systemctl status` shows it."""
        self._send(f"STATUS={' '.join(text.split())[:_MOST_STATUS]}")

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)) as to:
                to.setblocking(False)
                to.sendto(message.encode(), self._address)
        except FileNotFoundError:  # it waited for the start only
            self._address = None
        except OSError as error:
            if not self._failed:
                log.warning("the service manager was not told", why=error.strerror or type(error).__name__)
            self._failed = True
        else:
            self._failed = False
