"""`gap_detection.SOURCE_specific` of the old reconciliation_config.yaml: what it asks of a source's data types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adce_async.config.files.base import KeyPath
from adce_async.migration.data_types import find
from adce_async.migration.name_map import Shipped
from adce_async.migration.service import KeyOutcome

_ENDING = "_specific"
_RULES = {
    "freshness_threshold_hours": ("freshness_days", 24.0),
    "completeness_target_pct": ("completeness_threshold", 100.0),
    "critical_gap_days": ("gap_days_critical", 1.0),
}
"""Old key -> (key of a data type, by how much to divide)."""


@dataclass(slots=True)
class SourceRequirements:
    """`required`: old names of data types; `rules`: keys of theirs, for those that say nothing of them."""

    where: str
    required: list[str] = field(default_factory=list)
    rules: dict[str, float] = field(default_factory=dict)


def specifics(
    data: Mapping[str, Any], shipped: Shipped
) -> tuple[dict[str, SourceRequirements], dict[KeyPath, KeyOutcome]]:
    """By source; and what became of each key."""
    found: dict[str, SourceRequirements] = {}
    outcomes: dict[KeyPath, KeyOutcome] = {}
    section = data.get("gap_detection")
    for key, held in section.items() if isinstance(section, dict) else ():
        source = key.removesuffix(_ENDING).lower()
        if not key.endswith(_ENDING) or not isinstance(held, dict) or source not in shipped.sources:
            continue
        one = SourceRequirements(f"reconciliation_config.yaml: gap_detection.{key}")
        is_on = held.get("enabled") is not False
        for name, value in held.items():
            outcomes[("gap_detection", key, name)] = _outcome(one, source, name, value, shipped) if is_on else _OFF
        if is_on and one.required:
            found[source] = one
    return found, outcomes


_OFF = KeyOutcome("", "was switched off")


def _outcome(one: SourceRequirements, source: str, name: str, value: Any, shipped: Shipped) -> KeyOutcome:
    place = f"data_inventory.yaml: {source}"
    if name == "enabled":
        return KeyOutcome(place, "its data types are declared")
    if name == "required_data_types" and isinstance(value, list):
        matches = {str(each): find(source, str(each), None, shipped) for each in value}
        one.required = [each for each, match in matches.items() if match]
        unknown = [each for each, match in matches.items() if not match]
        return KeyOutcome(f"{place}: required", f"nobody offers {', '.join(unknown)}" if unknown else "")
    if name in _RULES and isinstance(value, int | float) and not isinstance(value, bool):
        key, divisor = _RULES[name]
        number = value / divisor
        one.rules[key] = int(number) if number == int(number) and key != "completeness_threshold" else number
        return KeyOutcome(f"{place}: {key}", "where a required data type says nothing of it")
    return KeyOutcome("", "each data type names its scraper; no programs are started")
