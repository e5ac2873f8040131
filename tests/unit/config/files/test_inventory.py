"""data_inventory.yaml: sources with their seasons, and what is switched off."""

from __future__ import annotations

from tests.unit.config.made import data_type
from tests.unit.config.refused import errors

from adce_async.config.files.inventory import InventoryConfig, SourceInventory


def test_keys_that_differ_by_season_need_seasons() -> None:
    by_season = {"t": data_type(path_pattern="x/{season}/{id}")}
    problem = "seasons: missing; expected seasons such as [current], since keys of 't' differ by season"
    assert errors(SourceInventory, {"data_types": by_season}) == [problem]
    by_day = {"t": data_type(path_pattern="x/{id}", dimensions={"id": {"calendar": "season_days"}})}
    assert errors(SourceInventory, {"data_types": by_day}) == [problem]
    assert SourceInventory.model_validate({"data_types": {"t": data_type()}}).seasons == ()
    assert SourceInventory.model_validate({"seasons": "current", "data_types": by_day}).seasons == ("current",)


def test_active_is_what_something_is_expected_of() -> None:
    config = InventoryConfig.model_validate(
        {
            "expected_coverage": {
                "ANT": {"data_types": {"a": data_type(), "b": data_type(enabled=False)}},
                "bee": {"enabled": False, "data_types": {"c": data_type()}},
            }
        }
    )
    assert list(config.active()) == ["ant.a"]
