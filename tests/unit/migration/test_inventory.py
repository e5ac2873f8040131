"""Data types under our names, with their old keys."""

from __future__ import annotations

import pytest
from tests.yaml_text import parsed

from .conftest import OldFolder, run


def new(old: OldFolder) -> dict[str, dict[str, dict[str, object]]]:
    coverage = parsed(old.migrate().files["inventory/data_inventory.yaml"])["expected_coverage"]
    return {source: held["data_types"] for source, held in coverage.items()}


def test_a_data_type_of_ours_keeps_its_old_keys(old: OldFolder):
    one = new(old.whole())["basketball_reference"]["play_by_play"]
    assert one == {
        "description": "Plays",
        "scraper": "basketball_reference_play_by_play",
        "path_pattern": "basketball_reference/nba/play_by_play/{season}/{game_id}/pbp.json",
        "dimensions": {"game_id": {"from": "schedule", "where": "final"}},
        "min_bytes": 100,
        "required": True,
        "freshness_days": 7,
        "tier": 1,
        "seasons": ["1997-current"],
    }
    row = old.rows()["basketball_reference.play_by_play_data"]
    assert (row.outcome, row.new) == ("renamed", "basketball_reference.play_by_play")
    assert "priority IMMEDIATE" in row.why


def test_comments_come_along(old: OldFolder):
    text = old.whole().migrate().files["inventory/data_inventory.yaml"]
    assert "      # == first tier ==\n      play_by_play:\n" in text
    assert "freshness_days: 7 # weekly\n" in text


def test_what_nobody_offers_is_off_with_its_reason(old: OldFolder):
    types = new(old.whole())["basketball_reference"]
    assert types["g_league_awards"]["enabled"] is False
    assert types["palm_reading"]["enabled"] is False
    text = old.migrate().files["inventory/data_inventory.yaml"]
    assert "# Off: no source of the G League comes with the program\n" in text
    assert old.rows()["basketball_reference.palm_reading"].outcome == "off"


def test_what_a_data_type_derives_from_is_added(old: OldFolder):
    types = new(old.whole())["basketball_reference"]
    assert types["schedule"]["scraper"] == "basketball_reference_schedule"
    row = old.rows()["basketball_reference.schedule"]
    assert (row.outcome, row.why) == ("added", "basketball_reference.play_by_play derives from it")


def test_what_was_required_elsewhere_is_declared(old: OldFolder):
    espn = new(old.whole())["espn"]
    assert set(espn) == {"play_by_play", "schedule"}
    assert espn["play_by_play"]["path_pattern"] == "espn_play_by_play/{game_id}.json"
    assert espn["play_by_play"]["required"] is True
    assert (espn["play_by_play"]["freshness_days"], espn["play_by_play"]["gap_days_critical"]) == (2, 3)
    rows = old.rows()
    assert rows["gap_detection.espn_specific.critical_gap_days"].new == "data_inventory.yaml: espn: gap_days_critical"
    assert rows["gap_detection.espn_specific.scraper_name"].outcome == "dropped"


def test_a_second_pattern_becomes_a_data_type_of_its_own(old: OldFolder):
    old.write(
        "inventory/data_inventory.yaml",
        """
        expected_coverage:
          nba_api:
            seasons: [2023-24]
            data_types:
              team_stats:
                path_patterns:
                  - "nba_api_comprehensive/team_stats/{season}/{stat_type}.json"
                  - "nba_api_comprehensive/team_dashboards/{season}/{team_id}.json"
                  - "elsewhere/{x}.json"
        """,
    )
    types = new(old)["nba_api"]
    assert types["team_dashboard"]["path_pattern"] == "nba_api_comprehensive/team_dashboards/{season}/{team_id}.json"
    assert "standings" in types
    row = old.rows()["nba_api.team_stats.path_patterns.elsewhere/{x}.json"]
    assert row.outcome == "dropped"


def test_a_data_type_of_the_current_season_only_takes_the_last_declared_one(old: OldFolder):
    old.write(
        "inventory/data_inventory.yaml",
        """
        expected_coverage:
          espn: {seasons: ["2020-2022"], data_types: {injuries: {path_patterns: ["espn_injuries/{season}.json"]}}}
          basketball_reference:
            seasons: ["1950-1960"]
            data_types: {shots: {path_patterns: ["basketball_reference/nba/shot_charts/{season}/{game_id}/shots.json"]}}
        """,
    )
    assert new(old)["espn"]["injuries"]["seasons"] == [2022]
    row = old.rows()["basketball_reference.shots"]
    assert (row.outcome, row.why) == ("off", "the source has it for 2001-current only, none of the declared seasons")


@pytest.mark.parametrize(
    "text",
    [
        "expected_coverage: []",
        "expected_coverage: {espn: null}",
        "expected_coverage: {espn: {data_types: []}}",
        "expected_coverage: {espn: {seasons: nonsense, data_types: {schedule: 5, box_score: {path_patterns: []}}}}",
        "expected_coverage: {espn: {seasons: [], data_types: {schedule: {path_patterns: [{a: b}], tier: x}}}}",
        "expected_coverage: {'bad name': {seasons: 2025, data_types: {'bad type': {path_patterns: [a]}}}}",
        "expected_coverage: {ESPN: {seasons: {nba: 2025}, data_types: {Schedules: {path_pattern: '../x/{y}.json'}}}}",
        "expected_coverage: {espn: {enabled: false, data_types: {schedule: {enabled: false, path_patterns: [x]}}}}",
        "surprise: [1, {a: 2}]",
        "expected_coverage: {wnba: {seasons: [2025], data_types: {box_scores: {path_patterns: [x.json]}}}}",
        "expected_coverage: {wnba: null, espn: {seasons: [2025], data_types: {a: {scraper: b, path_pattern: c}}}}",
        (
            "expected_coverage: {espn: {seasons: [2025], data_types: {"
            "team: {path_patterns: ['x/{season}/{team_id}.json']}, roster: {path_patterns: ['x/{season}/{team_id}.json']}}}}"
        ),
        (
            "expected_coverage: {espn: {seasons: [2025], data_types: {"
            "x: {scraper: espn_team, path_pattern: 'x/{team_id}.json', dimensions: {team_id: {from: nowhere}}}}}}"
        ),
    ],
)
def test_odd_inventories_give_files_that_load(old: OldFolder, text: str):
    old.write("inventory/data_inventory.yaml", text)
    assert run("migrate", old.root) == 0
    assert old.problems() == []
