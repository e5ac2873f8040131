"""Inventories for tests."""

from __future__ import annotations

from typing import Any

from adce_async.config.files.inventory import InventoryConfig


def data_type(**change: Any) -> dict[str, Any]:
    return {"scraper": "s", "path_pattern": "x/{id}.json", "dimensions": {"id": [1, 2]}} | change


def inventory(**sources: dict[str, dict[str, Any]]) -> InventoryConfig:
    """Source -> data type -> its dimensions."""
    return InventoryConfig.model_validate(
        {
            "expected_coverage": {
                source: {
                    "data_types": {
                        name: data_type(path_pattern=f"{name}/{{id}}", dimensions=dimensions)
                        for name, dimensions in data_types.items()
                    }
                }
                for source, data_types in sources.items()
            }
        }
    )
