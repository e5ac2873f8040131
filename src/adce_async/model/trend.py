"""What has changed in the coverage since some earlier time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from adce_async.model.coverage import Coverage
from adce_async.model.days import iso

Series: TypeAlias = tuple[str, str, str | None]
"""Source, data type, season: what a row of the coverage is about."""


def series_of(row: Coverage) -> Series:
    """What `row` is about."""
    return row.source, row.data_type, row.season


@dataclass(frozen=True, slots=True)
class PastCoverage:
    """The coverage as it was at `since` (seconds since the epoch); what is not in it was not declared then."""

    since: float
    rows: Mapping[Series, Coverage]

    def change(self, row: Coverage) -> dict[str, object]:
        """What has changed in one row; `completeness_pct` in percentage points, None if one of both expects nothing.

        >>> past = PastCoverage(0.0, {("ant", "items", None): Coverage("ant", "items", None, expected=4, missing=4)})
        >>> past.change(Coverage("ant", "items", None, expected=5, stored=3, missing=2, stale=1))
        {'since': '1970-01-01T00:00:00Z', 'expected': 1, 'stored': 3, 'gaps': -1, 'completeness_pct': 40.0}
        """
        return self._between(self.rows.get(series_of(row), Coverage(*series_of(row))), row)

    def change_of_all(self, rows: Sequence[Coverage]) -> dict[str, object]:
        """What has changed in the sums over `rows`, of the same series then and now."""
        return self._between(Coverage.total(self._known(rows)), Coverage.total(rows))

    def _known(self, rows: Iterable[Coverage]) -> Iterable[Coverage]:
        return (before for row in rows if (before := self.rows.get(series_of(row))) is not None)

    def _between(self, before: Coverage, now: Coverage) -> dict[str, object]:
        was, share = before.completeness_pct, now.completeness_pct
        return {
            "since": iso(self.since),
            "expected": now.expected - before.expected,
            "stored": now.stored - before.stored,
            "gaps": now.gaps - before.gaps,
            "completeness_pct": None if was is None or share is None else round(share - was, 2),
        }
