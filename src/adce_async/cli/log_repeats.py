"""The same line again and again is written so often a minute, and then counted; the count is said once."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

WINDOW_SECONDS = 60.0
MOST_LINES = 1000
"""Lines that are remembered; of more different ones within a minute the oldest are forgotten."""


@dataclass(slots=True)
class _Seen(Generic[T]):
    since: float
    count: int
    held: int
    line: T


class Repeats(Generic[T]):
    """Counts lines in windows of a minute, each beginning with the first line of its kind."""

    def __init__(self, most: int) -> None:
        """`most`: so many of the same a minute; 0: all of them."""
        self.most = most
        self._seen: dict[Hashable, _Seen[T]] = {}

    def admit(self, same: Hashable, line: T, now: float) -> bool:
        """True if `line` is to be written; lines with an equal `same` are the same. `now` in seconds, of any clock."""
        if not self.most:
            return True
        seen = self._seen.get(same)
        if seen is None or now - seen.since >= WINDOW_SECONDS:
            self._seen.pop(same, None)  # so that they stay in the order in which their windows began
            if len(self._seen) >= MOST_LINES:
                self._forget()
            self._seen[same] = _Seen(now, 1, 0, line)
            return True
        seen.count += 1
        if seen.count <= self.most:
            return True
        seen.held += 1
        seen.line = line
        return False

    def over(self, now: float) -> Iterator[tuple[T, int]]:
        """What was held back in windows that are over: the last such line, and how many. Each is told once.

        To be asked before each `admit`: what a window has held back is forgotten when the next one begins.
        """
        begun = itertools.takewhile(lambda one: now - one[1].since >= WINDOW_SECONDS, self._seen.items())
        yield from self._take([same for same, _ in begun])

    def all(self) -> Iterator[tuple[T, int]]:
        """The same of windows that are not over yet, at the end."""
        yield from self._take([*self._seen])

    def _take(self, ended: list[Hashable]) -> Iterator[tuple[T, int]]:
        for same in ended:
            seen = self._seen.pop(same)
            if seen.held:
                yield seen.line, seen.held

    def _forget(self) -> None:
        """The oldest line that has nothing to tell, or else the oldest."""
        quiet = next((same for same, seen in self._seen.items() if not seen.held), None)
        del self._seen[next(iter(self._seen)) if quiet is None else quiet]
