"""From the inventory to what planning works on: the nouns of `model`, with seasons resolved for one day."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

from adce_async.config.inventory import DataTypeConfig, Dimension, InventoryConfig
from adce_async.config.spans import resolve_seasons
from adce_async.model.coverage import DataType
from adce_async.model.dimensions import (
    Calendar,
    CalendarDimension,
    Declared,
    DerivedDimension,
    ListDimension,
    parents_first,
)
from adce_async.model.dimensions import Dimension as Axis

DAY_SECONDS = 86_400.0


def declared(
    inventory: InventoryConfig, today: dt.date, version_of: Callable[[str], str] = lambda _: "1"
) -> tuple[Declared, ...]:
    """All that something is expected of, those that others derive from first.

    `version_of`: version of a scraper, by name; it enters the fingerprint, so that a new one revives parked tasks.
    """
    return parents_first(
        tuple(
            Declared(
                data_type=_data_type(source, qualified.split(".", 1)[1], written, version_of),
                seasons=resolve_seasons(inventory.expected_coverage[source].seasons, today),
                dimensions=tuple(_axis(source, name, one) for name, one in written.dimensions.items()),
            )
            for qualified, (source, written) in inventory.active().items()
        )
    )


def _data_type(source: str, name: str, written: DataTypeConfig, version_of: Callable[[str], str]) -> DataType:
    scraper = written.scraper or ""
    rules = f"{written.path_pattern}\n{scraper}\n{version_of(scraper)}\n{written.min_bytes}\n{written.dimensions!r}"
    days = written.freshness_days
    return DataType(
        source=source,
        name=name,
        scraper=scraper,
        pattern=written.pattern,
        required=written.required,
        min_bytes=written.min_bytes,
        freshness_seconds=None if days is None else days * DAY_SECONDS,
        completeness_threshold=written.completeness_threshold,
        critical_days=written.gap_days_critical,
        priority=written.priority,
        tier=written.tier,
        minutes_per_file=written.minutes_per_file,
        fingerprint=hashlib.sha256(rules.encode()).hexdigest()[:16],
    )


def _axis(source: str, name: str, written: Dimension) -> Axis:
    if written.calendar is not None:
        return CalendarDimension(name, Calendar(written.calendar))
    if (parent := written.parent(source)) is not None:
        where = None if written.where == "any" else written.where
        return DerivedDimension(name, parent, written.field or name, where)
    return ListDimension(name, tuple(dict.fromkeys(written.values)))
