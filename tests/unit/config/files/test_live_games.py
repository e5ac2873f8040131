"""What `live_games` says, and what it does to what is expected and watched."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.app import builtins
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.live_games import LiveGames
from adce_async.config.reading.load import load
from adce_async.config.reading.references import reference_problems
from adce_async.config.settings import Overrides, Settings
from adce_async.model.coverage import DataType
from adce_async.model.days import HOUR
from adce_async.scraping.registry import build
from adce_async.service_policies import live_rules

INVENTORY: dict[str, Any] = {
    "espn": {
        "seasons": ["2024-25"],
        "data_types": {
            "schedule": {
                "scraper": "espn_scoreboard",
                "path_pattern": "s/{date}.json",
                "dimensions": {"date": {"calendar": "season_days"}},
            },
            "box_score": {
                "scraper": "espn_summary",
                "path_pattern": "b/{game_id}.json",
                "dimensions": {"game_id": {"from": "schedule"}},
            },
        },
    }
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    known = builtins()
    return load(
        Overrides(config_dir=tmp_path, inventory_dir=tmp_path), {},
        builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys(),
    )  # fmt: skip


def watched(settings: Settings, live: bool | None = None, **changes: object) -> dict[str, DataType]:
    said = copy.deepcopy(INVENTORY)
    if live is not None:
        said["espn"]["data_types"]["schedule"]["live"] = live
    inventory = InventoryConfig.model_validate({"expected_coverage": said})
    service = settings.service.model_copy(update={"live_games": LiveGames(**changes)})  # type: ignore[arg-type]
    catalog = build(replace(settings, inventory=inventory, service=service), builtins(), dt.date(2025, 1, 15))
    return {each.data_type.name: each.data_type for each in catalog.declared}


def test_what_a_live_listing_names_is_watched_unless_somebody_says_no(settings: Settings) -> None:
    found = watched(settings)
    assert (found["schedule"].live, found["box_score"].watched) == (True, True)
    assert found["box_score"].recollect_seconds == 24 * HOUR
    assert watched(settings, recollect_after_hours=36)["box_score"].recollect_seconds == 36 * HOUR
    assert watched(settings, recollect_after_hours=0)["box_score"].recollect_seconds is None
    for off in (watched(settings, live=False), watched(settings, enabled=False)):
        marks = (off["schedule"].live, off["box_score"].watched, off["box_score"].recollect_seconds)
        assert marks == (False, False, None)


def test_how_often_is_for_the_engine() -> None:
    rules = live_rules(LiveGames(due_seconds=90, on_seconds=20, keep_room=False))
    assert (rules.due_seconds, rules.on_seconds, rules.keep_room) == (90, 20, False)
    assert live_rules(LiveGames(keep_room=True)).keep_room


@pytest.mark.parametrize("changes", [{"on_seconds": 0}, {"due_seconds": -1}, {"recollect_after_hours": -1}, {"on": 1}])
def test_what_is_none_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LiveGames.model_validate(changes)


def test_what_is_live_for_another_is_looked_at_and_not_expected(settings: Settings) -> None:
    board = {"scraper": "espn_cdn_scoreboard", "path_pattern": "l/{date}.json", "live_for": "schedule",
             "dimensions": {"date": {"calendar": "season_days"}}}  # fmt: skip
    said = copy.deepcopy(INVENTORY)
    said["espn"]["data_types"] |= {"board": board}
    inventory = InventoryConfig.model_validate({"expected_coverage": said})
    catalog = build(replace(settings, inventory=inventory), builtins(), dt.date(2025, 1, 15))
    assert {each.data_type.name for each in catalog.declared} == {"schedule", "box_score"}
    assert [each.data_type.qualified for each in catalog.live_only] == ["espn.board"]
    off = settings.service.model_copy(update={"live_games": LiveGames(enabled=False)})
    assert not build(replace(settings, inventory=inventory, service=off), builtins(), dt.date(2025, 1, 15)).live_only
    board["live_for"] = "shedule"
    said["espn"]["data_types"] |= {"board": board}
    ((key, message),) = reference_problems(InventoryConfig.model_validate({"expected_coverage": said}))
    assert key[-1] == "live_for"
    assert "no data type 'espn.shedule' is declared" in message
