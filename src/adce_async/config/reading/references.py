"""Whether dimensions that derive from other data types can: they are declared, and no circle."""

from __future__ import annotations

from collections.abc import Collection

from adce_async.config.files.base import KeyPath
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.reading.suggestions import did_you_mean


def reference_problems(inventory: InventoryConfig, declared: Collection[str] = ()) -> list[tuple[KeyPath, str]]:
    """What is wrong with the `from` of all dimensions: (key, message).

    `declared`: qualified names that exist although they are not in `inventory`, because they could not be read.
    """
    problems: list[tuple[KeyPath, str]] = []
    active = inventory.active()
    parents: dict[str, list[str]] = {}
    for qualified, (source, data_type) in active.items():
        told = data_type.live_parent(source)
        if told is not None and told not in active and told not in declared:
            at = ("expected_coverage", source, "data_types", qualified.split(".", 1)[1], "live_for")
            hint = did_you_mean(told, {*active, *declared})
            problems.append((at, f"no data type '{told}' is declared and enabled{hint}"))
        for name, dimension in data_type.dimensions.items():
            parent = dimension.parent(source)
            if parent is None:
                continue
            key = ("expected_coverage", source, "data_types", qualified.split(".", 1)[1], "dimensions", name)
            if parent in active:
                parents.setdefault(qualified, []).append(parent)
                if qualified in _ancestors(parent, parents):
                    problems.append((key, f"derives from itself by way of '{parent}'; expected no circle"))
            elif parent not in declared:
                hint = did_you_mean(parent, {*active, *declared})
                problems.append(((*key, "from"), f"no data type '{parent}' is declared and enabled{hint}"))
    return problems


def _ancestors(name: str, parents: dict[str, list[str]]) -> set[str]:
    found = {name}
    ahead = [name]
    while ahead:
        for parent in parents.get(ahead.pop(), []):
            if parent not in found:
                found.add(parent)
                ahead.append(parent)
    return found
