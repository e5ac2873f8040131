"""`adce scrapers`: everything that is said of each."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.process.warm import Warm

ROOT = Path(__file__).resolve().parents[2]


def answer(warm: Warm, folder: Path, *arguments: str) -> dict[str, Any]:
    done = warm.run(arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def listed(warm: Warm) -> dict[str, Any]:
    return answer(warm, ROOT, "scrapers", "--json")


def test_over_eighty_data_types_of_five_sources(listed: dict[str, Any]) -> None:
    counts = Counter(one["source"] for one in listed["data_types"])
    assert {name: counts[name] >= least for name, least in LEAST.items()} == dict.fromkeys(LEAST, True)
    assert counts.total() >= 84
    assert sum(not one["retired"] for one in listed["scrapers"]) >= 84
    assert listed["sources"] == sorted(LEAST)


LEAST = {"espn": 12, "nba_api": 35, "basketball_reference": 22, "hoopr": 10, "kaggle": 5}


def test_each_says_how_it_is_known_what_it_asks_and_how_it_is_checked(listed: dict[str, Any]) -> None:
    for row in listed["scrapers"]:
        assert row["evidence"] in {"captured", "documented"}, row["name"]
        assert row["host"], row["name"]
        assert row["url_pattern"].startswith(f"https://{row['host']}/"), row["name"]
        assert row["check"], row["name"]
        assert row["description"], row["name"]
        assert {"key_pattern", "dimensions", "freshness_days", "required", "class", "version"} <= row.keys()
        assert bool(row["key_pattern"]) == bool(row["data_types"]), row["name"]


def test_what_is_dead_is_said_to_be(listed: dict[str, Any]) -> None:
    retired = {row["name"]: row["retired"] for row in listed["scrapers"] if row["retired"]}
    assert {"nba_api_play_by_play_v2", "nba_api_scoreboard_v2", "nba_api_box_score_v2"} <= retired.keys()


def test_data_types_of_an_inventory_come_before_the_shipped_ones(tmp_path: Path, warm: Warm) -> None:
    (tmp_path / "inventory").mkdir()
    days = {"scraper": "espn_scoreboard", "path_pattern": "mine/{date}.json", "dimensions": {"date": ["2024-12-15"]}}
    mine = {"expected_coverage": {"espn": {"seasons": ["2024-25"], "data_types": {"days": days}}}}
    (tmp_path / "inventory" / "data_inventory.yaml").write_text(json.dumps(mine))
    rows = {row["name"]: row for row in answer(warm, tmp_path, "scrapers", "--json")["scrapers"]}
    assert rows["espn_scoreboard"]["key_patterns"] == ["mine/{date}.json"]
    assert rows["espn_scoreboard"]["dimensions"] == {"date": ["2024-12-15"]}
    assert len(rows["espn_summary"]["key_patterns"]) >= 3


def test_the_owner_of_an_address(warm: Warm) -> None:
    url = "https://www.basketball-reference.com/leagues/NBA_2018_games-october.html"
    first = answer(warm, ROOT, "scrapers", "--json", "--url", url)["scrapers"][0]
    assert first["name"] == "basketball_reference_schedule"
    assert (first["fields_of_url"]["season"], first["fields_of_url"]["month"]) == ("2017-18", "october")


def test_a_retired_scraper_is_refused_with_its_reason(tmp_path: Path, warm: Warm) -> None:
    done = warm.run(["scrape", "nba_api_play_by_play_v2", "game_id=0022400561"], cwd=tmp_path)
    assert (done.returncode, "since November 2025" in done.stderr) == (2, True)
    (tmp_path / "inventory").mkdir()
    plays = {
        "scraper": "nba_api_play_by_play_v2",
        "path_pattern": "p/{game_id}.json",
        "dimensions": {"game_id": ["0022400561"]},
    }
    dead = {"expected_coverage": {"nba_api": {"data_types": {"plays": plays}}}}
    (tmp_path / "inventory" / "data_inventory.yaml").write_text(json.dumps(dead))
    done = warm.run(["config", "check"], cwd=tmp_path)
    assert done.returncode == 2
    assert "'nba_api_play_by_play_v2' is retired: answers {} since November 2025" in done.stderr


def test_a_dead_address_under_another_name_is_refused_too(tmp_path: Path, warm: Warm) -> None:
    (tmp_path / "config").mkdir()
    mine = {
        "source": "nba_api",
        "url": "https://stats.nba.com/stats/playbyplayv2?GameID={id}&StartPeriod=0&EndPeriod=10",
        "check": {"required": ["resultSets"]},
    }
    config = tmp_path / "config" / "scraper_config.yaml"
    config.write_text(json.dumps({"scrapers": {"my_plays": mine}}))
    done = warm.run(["config", "check"], cwd=tmp_path)
    assert done.returncode == 2
    assert "scrapers.my_plays.url: asks what is retired: answers {} since November 2025" in done.stderr
    alive = mine | {"url": "https://stats.nba.com/stats/shotchartdetail?GameID={id}"}
    config.write_text(json.dumps({"scrapers": {"my_plays": mine | {"enabled": False}, "my_shots": alive}}))
    assert warm.run(["config", "check"], cwd=tmp_path).returncode == 0
