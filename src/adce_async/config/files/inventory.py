"""data_inventory.yaml: what SHOULD be in the lake.

A data type says which keys there are (a pattern and its dimensions), which scraper fetches them, and what a
good object is. What no scraper can fetch is an error, not a silent hole: `enabled: false` takes it out.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from adce_async.config.files.base import Model, misfits
from adce_async.config.files.data_type import DataTypeConfig, DataTypeName
from adce_async.config.files.fields import (
    BySource,
    DaysOrZero,
    Flag,
    Note,
    NoteText,
    Share,
)
from adce_async.config.files.seasons import Seasons


class SourceInventory(Model):
    """What should be there of one source."""

    enabled: Flag = True
    """Default true. False: nothing is expected of the source."""
    seasons: Seasons = ()
    """Seasons: `2024-25`, `current`, an end year, a range of end years `2002-2025`, or a list of these; no default."""
    completeness_threshold: Share | None = None
    """Share from 0 to 1, of those of its data types that name none themselves; default theirs, 0.95."""
    gap_days_critical: DaysOrZero | None = None
    """Days, of those of its data types that name none themselves; default `gap_detection.critical_threshold_days` of
    reconciliation_config.yaml."""
    data_types: dict[DataTypeName, DataTypeConfig] = Field(default_factory=dict)
    """The data types, by name."""
    description: NoteText = ""
    """For people."""

    @model_validator(mode="after")
    def _has_seasons(self) -> Self:
        if self.enabled and not self.seasons:
            for name, data_type in self.data_types.items():
                if data_type.enabled and data_type.by_season:
                    message = f"missing; expected seasons such as [current], since keys of '{name}' differ by season"
                    raise misfits([(("seasons",), message)])
        return self

    def active(self) -> dict[str, DataTypeConfig]:
        """The data types that something is expected of, by name."""
        return {name: one for name, one in self.data_types.items() if self.enabled and one.enabled}


class InventoryConfig(Model):
    """data_inventory.yaml."""

    version: Note = None
    """For people; nothing reads it."""
    last_updated: Note = None
    """For people; nothing reads it."""
    metadata: Note = None
    """For people; nothing reads it."""
    expected_coverage: BySource[SourceInventory] = Field(default_factory=dict)
    """What should be there, by source."""

    def active(self) -> dict[str, tuple[str, DataTypeConfig]]:
        """Qualified name -> (source, data type) of all that something is expected of."""
        return {
            f"{source}.{name}": (source, data_type)
            for source, inventory in self.expected_coverage.items()
            for name, data_type in inventory.active().items()
        }
