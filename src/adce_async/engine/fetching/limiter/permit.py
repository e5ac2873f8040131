"""The right to send one request."""

from __future__ import annotations

from typing import Protocol, Self


class Grantor(Protocol):
    """Whose limits count what becomes of a token."""

    def on_sent(self) -> float:
        """Its request goes out now, which is this loop time."""
        ...

    def on_released(self) -> None:
        """There is no request after all."""
        ...

    def on_spent(self, at: float) -> None:
        """It counts as sent at `at` (loop time), whether or not it was."""
        ...


class Permit:
    """A held token: the right to send one request. As a context manager it gives back what was not sent."""

    __slots__ = ("_grantor", "held", "sent_at", "waited")

    def __init__(self, grantor: Grantor, waited: float = 0.0) -> None:
        self._grantor = grantor
        self.held = True
        """Neither sent nor given back nor expired."""
        self.waited = waited
        """Seconds between asking and getting it."""
        self.sent_at: float | None = None
        """Loop time at which its request went out; None if it has not."""

    def sent(self) -> None:
        """Its request goes out now. Only the first call counts, and none after `release`."""
        if self.held:
            self.held = False
            self.sent_at = self._grantor.on_sent()

    def release(self) -> None:
        """There will be no request."""
        if self.held:
            self.held = False
            self._grantor.on_released()

    def expire(self, at: float) -> None:
        """Nobody took it over: it counts as sent at `at`."""
        if self.held:
            self.held = False
            self._grantor.on_spent(at)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
