"""A lake that others have filled, taken over: what is remembered of that.

Times are seconds since the epoch.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeAlias

Span: TypeAlias = tuple[float, float]
"""From and to, both included."""

ADOPTION = "adoption"
"""Name under which `ports.StateStore` has it."""


@dataclass(frozen=True, slots=True)
class Copies:
    """When objects were copied: a time within `spans` says when that was, not when its object was fetched.

    >>> copies = Copies(((10.0, 20.0), (50.0, 60.0)))
    >>> [time for time in (9.0, 10.0, 15.0, 20.0, 21.0, 55.0) if copies.hold(time)]
    [10.0, 15.0, 20.0, 55.0]
    """

    spans: tuple[Span, ...] = ()
    """In order, none within another."""

    def hold(self, time: float) -> bool:
        """True if `time` is that of a copy."""
        place = bisect_right(self.spans, (time, float("inf")))
        return place > 0 and time <= self.spans[place - 1][1]

    def merged(self, others: Sequence[Span]) -> Copies:
        """These and others."""
        spans: list[Span] = []
        for first, last in sorted((*self.spans, *others)):
            if spans and first <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
            else:
                spans.append((first, last))
        return Copies(tuple(spans))


@dataclass(frozen=True, slots=True)
class Budget:
    """What verifying may cost in an hour: requests to the store, and bytes read from it."""

    requests: int = 10_000
    bytes: int = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Adoption:
    """A lake was taken over at `adopted_at`, with so many objects, of which our index knew some."""

    adopted_at: float
    objects: int
    known: int
    copies: Copies = field(default_factory=Copies)
    budget: Budget = field(default_factory=Budget)
    verified_at: float | None = None
    """When all of it had been verified."""
    worked_at: float | None = None
    """When the last hour began for which the budget holds."""

    def to_text(self) -> str:
        """For `ports.StateStore`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str | None) -> Adoption | None:
        """None if there is none, or if it can't be read: then the lake counts as not adopted.

        >>> adoption = Adoption(5.0, 10, 3, Copies(((1.0, 2.0),)))
        >>> Adoption.from_text(adoption.to_text()) == adoption, Adoption.from_text("{")
        (True, None)
        """
        try:
            read = json.loads(text or "null")
            if read is None:
                return None
            return cls(
                float(read["adopted_at"]),
                int(read["objects"]),
                int(read["known"]),
                Copies(tuple((float(first), float(last)) for first, last in read["copies"]["spans"])),
                Budget(int(read["budget"]["requests"]), int(read["budget"]["bytes"])),
                *(None if read[name] is None else float(read[name]) for name in ("verified_at", "worked_at")),
            )
        except (ValueError, TypeError, LookupError):
            return None
