"""What can't be taken among many things that can: named, each once, and never more than a person reads."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 20


class Refusals:
    """Lines on what was refused: the first ones, and how many more there are.

    >>> refused = Refusals()
    >>> for number in (1, 1, *range(30)):
    ...     refused.add(f"item {number}")
    >>> len(refused.lines), refused.lines[0], refused.lines[-1]
    (21, 'item 1', 'and 10 more')
    """

    def __init__(self) -> None:
        self._named: dict[str, None] = {}
        self._more = 0

    def add(self, line: str) -> None:
        """One more; the same line again says nothing new."""
        if line in self._named:
            return
        if len(self._named) < MOST_NAMED:
            self._named[line] = None
        else:
            self._more += 1

    def update(self, lines: Iterable[str]) -> None:
        """Several more."""
        for line in lines:
            self.add(line)

    @property
    def lines(self) -> tuple[str, ...]:
        """For people."""
        return (*self._named, f"and {self._more} more") if self._more else tuple(self._named)
