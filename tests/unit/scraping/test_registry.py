"""What packages bring along: their limits count, and what is wrong with them is one line."""

from __future__ import annotations

import datetime as dt
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
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
    assert [where for where, _ in source.limits.stated] == ["source eel of its package"]


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


def test_what_is_wrong_in_a_file_is_said_with_its_line(module: types.ModuleType, tmp_path: Path) -> None:
    (tmp_path / "scraper_config.yaml").write_text(
        "sources: {bee: {hosts: [bee.test]}}\n"
        "scrapers:\n"
        "  bees:\n"
        "    source: bee\n"
        "    uses: eel_source:Never\n"
        "  dead:\n"
        "    source: bee\n"
        "    check: {required: [id]}\n"
        "    url: https://bee.test/old/{id}\n"
    )
    (tmp_path / "data_inventory.yaml").write_text(
        "expected_coverage:\n"
        "  eel:\n"
        "    data_types:\n"
        "      all: {scraper: eel_items, path_pattern: 'a/{id}.json', dimensions: {id: [1]}}\n"
        "      some:\n"
        "        scraper: eel_items\n"
        "        path_pattern: b/{id}.json\n"
        "        dimensions:\n"
        "          id:\n"
        "            from: all\n"
        "      gone:\n"
        "        path_pattern: c/{id}.json\n"
        "        dimensions: {id: [1]}\n"
        "        scraper: eel_gone\n"
    )
    gone = {"url": "https://bee.test/old/{id}", "check": {"required": ["id"]}, "retired": "404 since May"}
    module.SCRAPERS = SCRAPERS | {"eel_gone": gone}  # type: ignore[attr-defined]
    with pytest.raises(ConfigError) as raised:
        built(load_builtins(["eel_source"]), tmp_path)
    said = [str(problem).removeprefix(f"{tmp_path}/").partition("; ")[0] for problem in raised.value.problems]
    held = "expected_coverage.eel.data_types"
    assert said == [
        "scraper_config.yaml:5: scrapers.bees.uses: 'eel_source:Never': check is 'async def', and would never run",
        f"data_inventory.yaml:14: {held}.gone.scraper: 'eel_gone' is retired: 404 since May",
        "scraper_config.yaml:9: scrapers.dead.url: asks what is retired: 404 since May",
        (
            f"data_inventory.yaml:10: {held}.some.dimensions.id.from: 'eel.all' names nothing: its scraper "
            "'eel_items' has no 'discover'"
        ),
    ]


def test_a_class_of_a_package_that_cannot_be_used_is_no_fault_of_a_file(
    module: types.ModuleType, tmp_path: Path
) -> None:
    module.SCRAPERS = {"eel_bad": {"uses": "eel_source:Never"}}  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=r"^scraper eel_bad of its package: uses: 'eel_source:Never': check is"):
        built(load_builtins(["eel_source"]), tmp_path)


def test_a_source_speaks_for_those_of_its_data_types_that_say_nothing(module: types.ModuleType, tmp_path: Path) -> None:
    one = {"scraper": "eel_items", "path_pattern": "a/{id}.json", "dimensions": {"id": ["1"]}}
    own = one | {"path_pattern": "b/{id}.json", "completeness_threshold": 0.5, "gap_days_critical": 0}
    source = {"completeness_threshold": 0.8, "gap_days_critical": 14, "data_types": {"a": one, "b": own}}
    catalog = built(load_builtins(["eel_source"]), tmp_path, {"eel": source})
    found = {each.data_type.name: each.data_type for each in catalog.declared}
    assert (found["a"].completeness_threshold, found["a"].critical_days) == (0.8, 14)
    assert (found["b"].completeness_threshold, found["b"].critical_days) == (0.5, 0)
