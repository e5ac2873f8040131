# ruff: noqa: SLF001 - a permit is a part of its limiter
"""The right to send one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from adce_async.engine.limiter.limiter import RateLimiter


class Permit:
    """A held token: the right to send one request. As a context manager it gives back what was not sent."""

    __slots__ = ("_limiter", "held", "waited")

    def __init__(self, limiter: RateLimiter, waited: float = 0.0) -> None:
        self._limiter = limiter
        self.held = True
        """Neither sent nor given back nor expired."""
        self.waited = waited
        """Seconds between asking and getting it."""

    def sent(self) -> None:
        """Its request goes out now. Only the first call counts, and none after `release`."""
        if self.held:
            self.held = False
            self._limiter._sent()

    def release(self) -> None:
        """There will be no request."""
        if self.held:
            self.held = False
            self._limiter._give_back(1)

    def expire(self, at: float) -> None:
        """Nobody took it over: it counts as sent at `at`."""
        if self.held:
            self.held = False
            self._limiter._count(at)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
