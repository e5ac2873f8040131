"""What should be there, what is there, and what lies between.

Times are seconds since the epoch (UTC), sizes are bytes, seasons have the form `2024-25`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from adce_async.model.keys import PathPattern


class Priority(enum.IntEnum):
    """How urgent a gap is; the smaller number comes first."""

    CRITICAL = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3


class GapKind(enum.StrEnum):
    """Why an expectation is not (well) met."""

    MISSING = "missing"
    STALE = "stale"
    SMALL = "small"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class DataType:
    """One kind of object of a source, with the rules that its objects have to meet."""

    source: str
    name: str
    scraper: str
    pattern: PathPattern
    required: bool = False
    min_bytes: int = 0
    freshness_seconds: float | None = None
    completeness_threshold: float = 0.95
    critical_days: float | None = None
    """Overrides the service-wide age up to which a required gap is CRITICAL."""
    priority: Priority | None = None
    tier: int = 0
    minutes_per_file: float = 1.0
    live: bool = False
    """A listing of a day, which is worth looking at while games of that day are on."""
    live_for: str = ""
    """Qualified name of the listing whose games these are, if it is only watched and nothing is expected of it."""
    watched: bool = False
    """Its keys come of the games of such a listing: urgent when a game is over, and provisional in that night."""
    recollect_seconds: float | None = None
    """After so long what was stored in the night of its game is asked for once more; None: never."""
    fingerprint: str = ""
    """Changes whenever a parked task of this type deserves another try: rules, scraper, scraper version."""

    @property
    def qualified(self) -> str:
        """`espn.play_by_play`."""
        return f"{self.source}.{self.name}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A key that should exist.

    `due`: since when it should; `closes`: from when on its content no longer changes (None: it never
    settles, so freshness alone decides).
    """

    key: str
    fields: Mapping[str, str]
    season: str | None
    due: float
    closes: float | None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A key that does exist. `verified`: it was stored by us, after its scraper's `check`, and is unchanged."""

    key: str
    size: int
    etag: str
    modified: float
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """An expectation that is not (well) met."""

    expectation: Expectation
    kind: GapKind
    reason: str
    ask_from: float = 0.0
    """Not worth asking the source before this time (a listing that is stale until its games are final)."""


class ItemState(enum.StrEnum):
    """How far a game found in a schedule has got."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    FINAL = "final"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


SETTLED_STATES = frozenset({ItemState.FINAL, ItemState.POSTPONED, ItemState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a stored object names: a game, with the fields that other data types need."""

    fields: Mapping[str, str]
    state: ItemState = ItemState.FINAL
    scored: bool = False
    """True if it is not settled, but both teams' points stand there and are not 0 to 0."""
    starts: float | None = field(default=None, compare=False)
    """When it begins, if that is known and it is not settled: seconds since the epoch. No part of what it is."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What one stored object names. An object without unsettled items has nothing more to tell."""

    items: tuple[Item, ...] = ()
    made: float | None = None
    """When the source made the body, if it says so and that may be long before it was fetched."""
    refused: tuple[str, ...] = ()
    """What it names besides that can't be an item, and why; a line each."""

    @property
    def settled(self) -> bool:
        """True if no item can still change its state."""
        return all(item.state in SETTLED_STATES for item in self.items)


COUNTS = ("expected", "stored", "missing", "stale", "small", "invalid", "verified")
"""What a row of the coverage counts."""


@dataclass(slots=True)
class Coverage:
    """HAVE against SHOULD for one source, data type and season; counts of keys."""

    source: str
    data_type: str
    season: str | None
    required: bool = False
    expected: int = 0
    stored: int = 0
    missing: int = 0
    stale: int = 0
    small: int = 0
    invalid: int = 0
    verified: int = 0

    @property
    def gaps(self) -> int:
        """Expectations that are not (well) met."""
        return self.missing + self.stale + self.small + self.invalid

    @property
    def completeness_pct(self) -> float | None:
        """Well-met expectations in per cent of all, 0 to 100; None where nothing is expected (yet)."""
        if not self.expected:
            return None
        good = self.stored - self.stale - self.small - self.invalid
        if good in (0, self.expected):
            return 100.0 * good / self.expected
        # never round an open gap up to "complete", nor the first object down to nothing
        return max(0.01, min(round(100.0 * good / self.expected, 2), 99.99))

    @classmethod
    def total(cls, rows: Iterable[Coverage]) -> Coverage:
        """The sums over `rows`."""
        summed = cls("", "", None)
        for row in rows:
            for name in COUNTS:
                setattr(summed, name, getattr(summed, name) + getattr(row, name))
        return summed

    def as_dict(self) -> dict[str, object]:
        """The row of `coverage --json`."""
        return {
            "source": self.source,
            "data_type": self.data_type,
            "season": self.season,
            "required": self.required,
            "expected": self.expected,
            "stored": self.stored,
            "missing": self.missing,
            "stale": self.stale,
            "small": self.small,
            "invalid": self.invalid,
            "verified": self.verified,
            "completeness_pct": self.completeness_pct,
        }


@dataclass(slots=True)
class Findings:
    """Outcome of comparing one data type and season: its coverage and its gaps."""

    data_type: DataType
    coverage: Coverage
    gaps: list[Gap] = field(default_factory=list)
