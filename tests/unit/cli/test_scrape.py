"""What `adce scrape --save` stores: only what the given values are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from adce_async.app import builtins
from adce_async.cli.common import Loaded, today
from adce_async.cli.scrape import _wants
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.errors import FixMeError
from adce_async.policies import configured
from adce_async.scraping.registry import build

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Loaded:
    monkeypatch.chdir(ROOT)
    known = builtins()
    settings = load(Overrides(), {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    return configured(settings, build(settings, known, today()), today())


def types(loaded: Loaded, scraper: str, **fields: str) -> set[str]:
    wants = _wants(loaded, loaded.catalog.scrapers[scraper], fields, save=True)
    return {want.data_type for want in wants}


def test_team_rows_are_no_player_rows(shipped: Loaded) -> None:
    given = {"season": "2018-19", "season_type": "regular", "player_or_team": "T"}
    assert types(shipped, "nba_api_game_log", **given) == {"team_game_log"}


def test_one_request_still_serves_all_that_it_is_for(shipped: Loaded) -> None:
    found = types(shipped, "espn_summary", game_id="401705066", season="2024-25")
    assert found >= {"box_score", "play_by_play", "team_stats"}


def test_what_can_mean_two_things_is_not_stored(shipped: Loaded) -> None:
    given = {"season": "2024-25", "game_id": "0022400561", "team_id": "1610612738", "season_type": "regular"}
    with pytest.raises(FixMeError, match="which one can't be told"):
        types(shipped, "nba_api_shot_chart", **given)


def test_a_value_that_nothing_has_is_named_with_those_that_there_are(shipped: Loaded) -> None:
    with pytest.raises(FixMeError, match=r"team_game_log has no player_or_team 'X'; expected T; .*player_game_log has"):
        types(shipped, "nba_api_game_log", season="2018-19", season_type="regular", player_or_team="X")
