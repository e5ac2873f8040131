"""nba.com as it is declared: the source, its scrapers, and the data types of the shipped inventory."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.yaml_text import parsed

from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.scraper import fields_of
from adce_async.config.files.source import SourceConfig
from adce_async.model.coverage import Item
from adce_async.model.days import start_of_eastern_day
from adce_async.model.dimensions import Declared
from adce_async.planning.expand import expand
from adce_async.scraping import registry
from adce_async.scraping.registry import load_builtins, make_scraper
from adce_async.sources import nba_api
from adce_async.sources.nba_api import SCRAPERS, SOURCE
from adce_async.sources.nba_api.endpoints import ENDPOINTS

BUILTINS = load_builtins(["adce_async.sources.nba_api"])
MADE = {name: make_scraper(name, entry) for name, entry in BUILTINS.scrapers.items()}
INVENTORY = Path(__file__).resolve().parents[4] / "inventory" / "data_inventory.yaml"
TODAY = dt.date(2026, 3, 1)

OLD_LAKE = {
    "play_by_play": "nba_api_playbyplay/play_by_play_0022500171.json",
    "box_score": "nba_api_comprehensive/boxscores_traditional/traditional_0022500171.json",
    "box_score_advanced": "nba_api_comprehensive/boxscores_advanced/advanced_0022500171.json",
    "team_stats": "nba_api_comprehensive/team_stats/2025-26/base.json",
    "team_dashboard": "nba_api_comprehensive/team_dashboards/2025-26/1610612739.json",
    "player_stats": "nba_api_comprehensive/player_stats/2025-26/1628378.json",
}
"""Keys of objects that were stored before."""

GAME = {"game_id": "0022500171", "season": "2025-26", "date": "2025-11-05", "season_type": "regular"}
NAMED = {
    "nba_api.schedule": [
        Item(GAME | {"record_id": "0022500171", "home_id": "1610612739", "away_id": "1610612755"}),
        Item(GAME | {"game_id": "0012500001", "date": "2025-10-05"}),
    ],
    "nba_api.standings": [Item({"team_id": "1610612739"})],
    "nba_api.player_index": [Item({"player_id": "1628378"})],
}


def declared() -> dict[str, Declared]:
    """The data types of the shipped inventory, by name."""
    coverage = parsed(INVENTORY.read_text())["expected_coverage"]["nba_api"]
    inventory = InventoryConfig.model_validate({"expected_coverage": {"nba_api": coverage}})
    source = inventory.expected_coverage["nba_api"]
    found = registry._declare("nba_api", source, MADE, BUILTINS.scrapers, TODAY)
    types = {one.data_type.name: one for one in found}
    assert types.keys() == source.active().keys()
    return types


def expectations(one: Declared) -> list:
    now = start_of_eastern_day(TODAY)
    return [
        expectation
        for season in one.seasons_to_expand
        for expectation in expand(one, season, now=now, items_of=lambda parent, _: NAMED[parent])
    ]


def test_the_source():
    config = BUILTINS.sources["nba_api"]
    assert isinstance(config, SourceConfig)
    assert config.hosts == ("stats.nba.com", "cdn.nba.com")
    assert config.headers["Referer"] == "https://www.nba.com/"
    assert config.user_agent is None  # our own, honest one
    assert not [name for name in config.headers if name.lower().startswith(("sec-", "user-agent"))]
    assert (config.connect_timeout_seconds, config.read_timeout_seconds, config.max_concurrent) == (5, 30, 1)
    assert SOURCE["terms"]


def test_the_scrapers():
    assert len(SCRAPERS) >= 60
    for name, entry in BUILTINS.scrapers.items():
        assert name.startswith("nba_api_")
        assert entry.source == "nba_api"
        assert entry.description
        assert entry.evidence in ("captured", "documented")
        assert str(entry.url).startswith(("https://stats.nba.com/stats/", "https://cdn.nba.com/static/json/"))
    retired = {name for name, entry in BUILTINS.scrapers.items() if entry.retired}
    assert retired == {
        "nba_api_play_by_play_v2",
        "nba_api_box_score_v2",
        "nba_api_scoreboard_v2",
        "nba_api_shot_chart_short",
    }
    assert {entry["uses"].rpartition(":")[2] for entry in SCRAPERS.values() if "uses" in entry} <= set(nba_api.__all__)


def test_no_two_scrapers_ask_for_the_same():
    asked = {(entry.url, *sorted((k, v) for k, v in entry.params.items() if v)) for entry in BUILTINS.scrapers.values()}
    assert len(asked) == len(BUILTINS.scrapers)
    assert len({endpoint.path for endpoint in ENDPOINTS.values()}) == len(ENDPOINTS)


@pytest.mark.parametrize("name", sorted(SCRAPERS))
def test_what_a_url_needs_is_given_by_simple_fields(name):
    known = {
        "season", "season_start", "season_type", "stat_type", "date", "game_id", "team_id", "player_id", "event_id",
        "players", "unit", "measure", "grouping", "play_type", "off_player_id", "def_player_id", "player_or_team",
        "counter", "direction", "start_period", "end_period", "start_range", "end_range", "range_type",
    }  # fmt: skip
    entry = BUILTINS.scrapers[name]
    assert {field for _, fields in entry.templates() for field in fields} <= known
    fields = dict.fromkeys(known - {"season", "season_start", "date", "game_id"}, "1")
    fields |= {"season": "2024-25", "date": "2025-01-15", "game_id": "0022400561"}
    assert "{" not in MADE[name].url_for(fields)
    assert all("{" not in value for value in MADE[name].params_for(fields).values())
    assert fields_of(str(entry.url)) <= {"game_id"}


def test_cup_standings_need_no_code():
    entry = BUILTINS.scrapers["nba_api_cup_standings"]
    assert entry.uses is None
    assert entry.check is not None
    assert MADE["nba_api_cup_standings"].params_for({"season": "2024-25"})["Season"] == "2024-25"


def test_the_shipped_data_types_can_be_fetched():
    types = declared()
    for one in types.values():
        scraper = MADE[one.data_type.scraper]
        assert not BUILTINS.scrapers[one.data_type.scraper].retired
        found = expectations(one)
        assert found, one.data_type.name
        if one.data_type.live_for:  # the board of the day, whichever it is, looked at for another listing
            continue
        requests = {str((scraper.url_for(each.fields), scraper.params_for(each.fields))) for each in found}
        assert len(requests) == len({each.key for each in found}) == len(found), one.data_type.name
        for expectation in found:
            assert "{" not in scraper.url_for(expectation.fields)
            assert all("{" not in value for value in scraper.params_for(expectation.fields).values())
            if "game_id" in expectation.fields:  # exhibitions are not expected
                assert "0022500171" in expectation.key
    assert len(types) >= 35
    assert {name: expectations(types[name])[0].key for name in OLD_LAKE} == OLD_LAKE
    assert {name for name, one in types.items() if one.data_type.required} == {
        "schedule",
        "play_by_play",
        "box_score",
    }
    patterns = [one.data_type.pattern.text for one in types.values()]
    assert len(set(patterns)) == len(patterns)
