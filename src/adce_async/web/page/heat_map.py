"""Completeness as a map: a row a source and data type, a column a season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adce_async.model.coverage import Coverage

MOST_CELLS = 600
"""A page with more of them takes more than 100 KB."""
OLDER = "older"
"""Heading of the column of all seasons that have none."""
STEPS = 5
"""Shades between nothing and all; complete has one of its own."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One data type in one season; `row`: None where there is none, or where it is several; `shade`: 0 to STEPS + 1,
    None where nothing is expected.
    """

    row: Coverage | None
    shade: int | None
    text: str
    title: str


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """`rows`: (source, data type, a cell a season). Two of them are never the same one."""

    seasons: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[Cell]]]


def heat_map(rows: Sequence[Coverage], most: int = MOST_CELLS) -> HeatMap:
    """Newest season first; what has no season comes first of all, under `all`. Where there would be more than `most`
    cells, the oldest seasons are one column.

    >>> made = heat_map([Coverage("espn", "box_score", "2024-25", expected=4, stored=3, missing=1)])
    >>> made.seasons, made.rows[0][2][0].text, made.rows[0][2][0].title
    (['2024-25'], '75', 'espn box_score 2024-25: 75 % of 4, 1 missing')
    """
    kinds = dict.fromkeys((row.source, row.data_type) for row in rows)
    names = sorted({row.season for row in rows if row.season is not None}, reverse=True)
    seasons = (["all"] if any(row.season is None for row in rows) else []) + names
    fitting = max(2, most // max(1, len(kinds)))
    older = frozenset(seasons[fitting - 1 :]) if len(seasons) > fitting else frozenset()
    known: dict[tuple[str, str, str], list[Coverage]] = {}
    for row in rows:
        season = row.season or "all"
        known.setdefault((row.source, row.data_type, OLDER if season in older else season), []).append(row)
    columns = [season for season in seasons if season not in older] + ([OLDER] if older else [])
    return HeatMap(
        columns,
        [
            (source, data_type, [_cell(known.get((source, data_type, column), ())) for column in columns])
            for source, data_type in kinds
        ],
    )


def shade(percent: float) -> int:
    """Of a completeness in per cent.

    >>> [shade(percent) for percent in (0, 0.01, 50, 99.99, 100)]
    [0, 1, 3, 5, 6]
    """
    if percent >= 100:
        return STEPS + 1
    return 0 if percent <= 0 else min(STEPS, 1 + int(percent / 100 * STEPS))


def _cell(rows: Sequence[Coverage]) -> Cell:
    """`rows`: of one data type, in one season or in several."""
    if not rows:
        return Cell(None, None, "", "")
    row = rows[0]
    if len(rows) > 1:
        row = replace(Coverage.total(rows), source=row.source, data_type=row.data_type, season=f"{len(rows)} seasons")
    percent = row.completeness_pct
    if percent is None:
        return Cell(row, None, "", "nothing is expected")
    kinds = (("missing", row.missing), ("stale", row.stale), ("too small", row.small), ("invalid", row.invalid))
    gaps = "".join(f", {count:,} {name}" for name, count in kinds if count)
    text = "✓" if percent >= 100 else f"{percent:.0f}" if percent < 99 else f"{percent:.2f}".rstrip("0").rstrip(".")
    shown = row if len(rows) == 1 else None
    title = f"{row.source} {row.data_type} {row.season or ''}".rstrip()
    return Cell(shown, shade(percent), text, f"{title}: {percent:g} % of {row.expected:,}{gaps}")
