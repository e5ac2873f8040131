"""The demo's configuration: valid, and with the scrapers and keys of the shipped one."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from tests.yaml_text import parsed

from adce_async.app import builtins
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.demo.config import ACCOUNT, GUARD_MILLISECONDS, demo_config, made_up_account
from adce_async.demo.inventory import inventory
from adce_async.demo.worlds import demo_world
from adce_async.scraping.registry import build

ROOT = Path(__file__).resolve().parents[3]
WORLD = demo_world()


def data_types(document: Any) -> dict[str, Any]:
    return {
        f"{source}.{name}": entry
        for source, of in document["expected_coverage"].items()
        for name, entry in of["data_types"].items()
    }


def test_scrapers_keys_and_derivations_are_the_shipped_ones() -> None:
    shipped = data_types(parsed((ROOT / "inventory/data_inventory.yaml").read_text()))
    ours = data_types(inventory(WORLD))
    assert len(ours) == 38
    for name, entry in ours.items():
        assert (entry["scraper"], entry["path_pattern"]) == (shipped[name]["scraper"], shipped[name]["path_pattern"])
        for field, dimension in entry["dimensions"].items():
            if isinstance(dimension, dict):
                assert dimension == shipped[name]["dimensions"][field]


def test_it_is_a_valid_configuration_without_a_warning(tmp_path: Path) -> None:
    for name, text in demo_config(WORLD, str(tmp_path / "lake")).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    known = builtins()
    given = Overrides(tmp_path / "config", tmp_path / "inventory")
    settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    assert not [warning for warning in settings.warnings if "every value is the default" not in warning.message]
    assert settings.paths.lake == (tmp_path / "lake").as_uri()  # also for whoever looks at it later
    catalog = build(settings, known, dt.date(2026, 1, 1))
    assert {declared.data_type.source for declared in catalog.declared} == set(WORLD.limits)
    for source, limits in WORLD.limits.items():
        found = catalog.sources[source].limits.limits
        assert (found.windows, found.burst, found.min_delay) == (limits.windows, limits.burst, limits.min_delay)
        assert found.guard == GUARD_MILLISECONDS / 1000


def test_the_account_is_made_up_and_only_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.delenv("KAGGLE_KEY", raising=False)
    with pytest.raises(ZeroDivisionError), made_up_account():
        assert {name: os.environ[name] for name in ACCOUNT} == ACCOUNT
        raise ZeroDivisionError
    assert os.environ["KAGGLE_USERNAME"] == "somebody"
    assert "KAGGLE_KEY" not in os.environ
