"""The data types of the repository's inventory, with an example of the fields that the keys of each have."""

from __future__ import annotations

from pathlib import Path

from tests.yaml_text import parsed

from adce_async.config.files.data_type import DataTypeConfig
from adce_async.config.files.inventory import InventoryConfig
from adce_async.model.seasons import given_by

ROOT = Path(__file__).resolve().parents[3]


def declared(source: str) -> dict[str, DataTypeConfig]:
    """All of one source, switched on or not."""
    inventory = InventoryConfig.model_validate(parsed((ROOT / "inventory/data_inventory.yaml").read_text()))
    return inventory.expected_coverage[source].data_types


def example(data_type: DataTypeConfig) -> dict[str, str]:
    """Fields as a key of it has them: what its pattern and its dimensions name, nothing else."""
    names = {*map(given_by, data_type.pattern.fields), *data_type.dimensions}
    known = {"season": "2024-25", "date": "2024-12-15"}
    listed = {name: one.values[0] for name, one in data_type.dimensions.items() if one.values}
    return {name: known.get(name, "1") for name in names} | listed
