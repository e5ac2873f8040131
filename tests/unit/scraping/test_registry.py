"""What packages bring along: their limits count, and what is wrong with them is one line."""

from __future__ import annotations

import datetime as dt
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adce_async.config.inventory import InventoryConfig
from adce_async.config.load import Overrides, load
from adce_async.errors import ConfigError, FixMeError
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import Builtins, build, load_builtins, load_class

SOURCE = {"name": "Eel", "hosts": ["eel.test"], "rate_limit": {"requests_per_minute": 2, "min_delay_seconds": 20}}
SCRAPERS = {"eel_items": {"url": "https://eel.test/{id}.json", "check": {"required": ["id"]}}}


class Never(Scraper):
    async def check(self, page: Page, want: Want) -> None:  # type: ignore[override]
        raise NotImplementedError


class Blocking(Scraper):
    def check(self, page: Page, want: Want) -> None:
        raise NotImplementedError

    def scrape(self, task: Any, ctx: Any) -> None:  # type: ignore[override]
        raise NotImplementedError


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = types.ModuleType("eel_source")
    made.SOURCE, made.SCRAPERS = SOURCE, SCRAPERS  # type: ignore[attr-defined]
    made.Never, made.Blocking = Never, Blocking  # type: ignore[attr-defined]
    sys.modules["eel_source"] = made
    yield made
    del sys.modules["eel_source"]


def built(known: Builtins, folder: Path, inventory: object = None) -> Any:
    settings = load(
        Overrides(config_dir=folder, inventory_dir=folder),
        {},
        builtin_scrapers=known.scrapers.keys(),
        builtin_sources=known.sources.keys(),
    )
    if inventory is not None:
        settings = settings.__class__(
            **{name: getattr(settings, name) for name in settings.__dataclass_fields__ if name != "inventory"},
            inventory=InventoryConfig.model_validate({"expected_coverage": inventory}),
        )
    return build(settings, known, dt.date(2024, 12, 15))


def test_the_limits_of_a_package_count(module: types.ModuleType, tmp_path: Path) -> None:
    source = built(load_builtins(["eel_source"]), tmp_path).sources["eel"]
    assert (source.limits.limits.windows[0].limit, source.limits.limits.min_delay) == (2, 20)
    assert [where for where, _ in source.limits.speakers] == ["source eel of its package"]


@pytest.mark.parametrize(
    "broken",
    [
        {"SOURCE": {"hosts": ["eel.test"]}},
        {"SOURCE": SOURCE | {"hots": []}},
        {"SCRAPERS": {"x": {}}},
        {"SCRAPERS": None},
    ],
)
def test_a_package_that_is_broken_is_named_in_one_line(module: types.ModuleType, broken: dict[str, Any]) -> None:
    for name, value in broken.items():
        setattr(module, name, value)
    with pytest.raises(FixMeError, match=r"^eel_source: an installed source that can't be used: ") as caught:
        load_builtins(["eel_source"])
    assert "\n" not in str(caught.value)


def test_a_check_that_would_never_run_is_refused(module: types.ModuleType) -> None:
    with pytest.raises(FixMeError, match="check is 'async def', and would never run"):
        load_class("eel_source:Never")
    with pytest.raises(FixMeError, match="scrape is no coroutine"):
        load_class("eel_source:Blocking")


def test_a_module_that_fails_when_it_is_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_eel.py").write_text("def (:\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(FixMeError, match="can't be loaded: SyntaxError"):
        load_class("broken_eel:Items")


def test_values_can_only_come_of_what_names_some(module: types.ModuleType, tmp_path: Path) -> None:
    pattern = {"scraper": "eel_items", "path_pattern": "a/{id}.json", "dimensions": {"id": ["1"]}}
    derived = {"scraper": "eel_items", "path_pattern": "b/{id}.json", "dimensions": {"id": {"from": "all"}}}
    with pytest.raises(ConfigError, match=r"'eel\.all' names nothing: its scraper 'eel_items' has no 'discover'"):
        built(load_builtins(["eel_source"]), tmp_path, {"eel": {"data_types": {"all": pattern, "some": derived}}})
