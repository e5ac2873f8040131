"""Which of our data types an old one is, and whether its old keys can be kept."""

from __future__ import annotations

import pytest
from tests.unit.migration.conftest import known

from adce_async.migration.data_types import NOBODY, Match, find, shipped_types, spelled, why_off
from adce_async.migration.name_map import TYPES


def test_a_name_alone_may_tell() -> None:
    for name in ("play_by_play", "play_by_play_data", "Play-By-Plays"):
        found = find("hoopr", name, None, known())
        assert found is not None, name
        assert (found.name, found.like, found.scraper) == ("play_by_play", "play_by_play", "hoopr_play_by_play")
    assert find("hoopr", "palm_reading", None, known()) is None
    assert find("nobody", "play_by_play", None, known()) is None


def test_the_pattern_of_its_keys_tells_before_its_name() -> None:
    pattern = str(shipped_types("hoopr", known())["play_by_play"]["path_pattern"])
    old = pattern.replace("{season_end}", "{year}").rpartition(".")[0] + ".rds"
    found = find("hoopr", "team_box", old, known())
    assert found is not None
    assert found.name == "play_by_play"


@pytest.mark.parametrize("old", TYPES)
def test_each_old_name_that_is_known_stands_for_one_that_is_shipped(old: str) -> None:
    source, _, name = old.partition(".")
    found = find(source, name, "another/{pattern}.json", known())
    assert found is not None
    assert (found.name, found.like) == TYPES[old]
    assert found.declared == shipped_types(source, known())[found.like]


def test_who_offers_it_instead_is_said() -> None:
    assert "robots.txt" in why_off("basketball_reference", "player_game_logs_2020")
    assert why_off("espn", "palm_reading") == NOBODY


GAMES = Match(
    "box", "box", {"path_pattern": "ours/{season}/{game_id}.json", "dimensions": {"game_id": {"from": "schedule"}}}
)
DAYS = Match(
    "days", "days", {"path_pattern": "ours/{season}/{date}.json", "dimensions": {"date": {"calendar": "season_days"}}}
)
TABLES = Match("table", "table", {"path_pattern": "ours/{season_end}.json", "dimensions": {}})


@pytest.mark.parametrize(
    ("match", "old", "kept", "why"),
    [
        (TABLES, "old/{year}.json", "old/{season_end}.json", ""),
        (GAMES, "old/{season}/{game_id}/box.json", "old/{season}/{game_id}/box.json", ""),
        (GAMES, "old/{game_id}.json", "old/{game_id}.json", ""),  # a game belongs to one season
        (GAMES, "old/{game}.json", "ours/{season}/{game_id}.json", "another key: nothing gives {game} a value"),
        (GAMES, "old/{season}.json", "ours/{season}/{game_id}.json", "another key: the old one does not name {game_id}"),
        (TABLES, "old/all.json", "ours/{season_end}.json", "another key: the old one does not name {season}"),
        (DAYS, "old/{date}.json", "ours/{season}/{date}.json", "another key: the old one does not name {season}"),
        (TABLES, "old/../{year}.json", "ours/{season_end}.json", "the old pattern of its keys is none"),
    ],
)  # fmt: skip
def test_old_keys_are_kept_where_we_can_make_them(match: Match, old: str, kept: str, why: str) -> None:
    assert spelled(old, match) == (kept, why)
