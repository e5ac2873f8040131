"""The main job on what the sources really sent, replayed by a mirror."""

from __future__ import annotations

import json

import pytest
from tests.process.conftest import Desk

FAST = {
    "rate_limiting": {
        "source_limits": {
            name: {"requests_per_second": 1000, "burst_size": 100} for name in ("espn", "basketball_reference")
        }
    }
}
GAMES = {"game_id": {"from": "schedule", "where": "final"}}


def season(name: str = "2017-18", months: object = None) -> dict[str, object]:
    month = {"calendar": "season_months"} if months is None else months
    kinds = {
        kind: {
            "scraper": f"basketball_reference_{kind}",
            "path_pattern": f"bbref/{kind}/{{season}}/{{game_id}}.html",
            "dimensions": GAMES,
        }
        for kind in ("box_score", "play_by_play")
    }
    schedule = {
        "scraper": "basketball_reference_schedule",
        "path_pattern": "bbref/schedules/{season}/{month}.html",
        "dimensions": {"month": month},
    }
    return {"basketball_reference": {"seasons": [name], "data_types": {"schedule": schedule, **kinds}}}


def day(*dates: str) -> dict[str, object]:
    kinds = {
        kind: {
            "scraper": "espn_summary",
            "path_pattern": f"espn_{kind}/{{season}}/{{game_id}}.json",
            "dimensions": GAMES,
        }
        for kind in ("box_score", "play_by_play")
    }
    schedule = {
        "scraper": "espn_scoreboard",
        "path_pattern": "espn_schedules/{season}/{date}.json",
        "dimensions": {"date": list(dates)},
        "freshness_days": 1,
    }
    return {"espn": {"seasons": ["2024-25"], "data_types": {"schedule": schedule, **kinds}}}


def prepare(desk: Desk, mirror: str, coverage: dict[str, object]) -> None:
    desk.mirror = mirror
    desk.write("config/autonomous_config.yaml", FAST | {"retry_delay_seconds": 0.1})
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": coverage})


def rows(desk: Desk) -> dict[str, dict[str, int]]:
    return {row["data_type"]: row for row in json.loads(desk.run("coverage", "--json", expect=0).stdout)["rows"]}


def test_a_season_of_basketball_reference(desk: Desk, upstream, captures) -> None:
    server = upstream("--replay", str(captures.root))
    prepare(desk, server.url, season())
    done = desk.run("run", "--once", "--max-wait", "1", expect=3)
    assert "2624 gaps left" in done.stderr
    found = rows(desk)
    assert (found["schedule"]["expected"], found["schedule"]["verified"]) == (9, 9)
    assert (found["box_score"]["expected"], found["play_by_play"]["expected"]) == (1312, 1312)
    # no box score was ever served, so it may be the source: little is asked, and nothing given up
    assert server.requests() < 50
    assert json.loads(desk.run("parked", "--json", expect=0).stdout)["parked"] == []
    key = "bbref/box_score/2017-18/201801010CHI.html"
    fields = ("game_id=201801010CHI", "season=2017-18")
    desk.run("scrape", "basketball_reference_box_score", *fields, "--save", expect=0)
    assert key in desk.stored()
    assert (desk.lake / key).read_bytes() == captures.body("basketball_reference", "boxscore_201801010CHI.html")
    # one is: the others are not there (those of its month will do)
    prepare(desk, server.url, season(months=["january"]))
    desk.run("run", "--once", "--max-wait", "1.5", expect=3)
    parked = json.loads(desk.run("parked", "--json", expect=0).stdout)["parked"]
    assert {entry["last_status"] for entry in parked} == {404}
    assert len(parked) > 200


def test_a_day_of_espn_and_a_day_without_games(desk: Desk, upstream, captures) -> None:
    server = upstream("--replay", str(captures.root))
    prepare(desk, server.url, day("2024-12-15", "2025-02-14"))
    desk.run("run", "--once", "--max-wait", "1", expect=3)
    found = rows(desk)
    assert (found["schedule"]["stored"], found["schedule"]["missing"], found["schedule"]["stale"]) == (2, 0, 0)
    assert (found["box_score"]["expected"], found["play_by_play"]["expected"]) == (7, 7)
    assert found["box_score"]["stored"] == 0


@pytest.mark.parametrize(
    ("file", "address", "coverage"),
    [
        ("espn/DERIVED_truncated_scoreboard.json", "/apis/site/v2/sports/basketball/nba/scoreboard?dates=20241215", day("2024-12-15")),
        ("espn/scoreboard_20250529_playoff_final.json", "/apis/site/v2/sports/basketball/nba/scoreboard?dates=20241215", day("2024-12-15")),
        ("espn/SYNTHETIC_403_akamai_access_denied.html", "/apis/site/v2/sports/basketball/nba/scoreboard?dates=20241215", day("2024-12-15")),
        ("basketball_reference/SYNTHETIC_429_rate_limited.html", "/leagues/NBA_2018_games-october.html", season(months=["october"])),
        ("basketball_reference/error_404_schedule.html", "/leagues/NBA_2018_games-october.html", season(months=["october"])),
        ("basketball_reference/schedule_NBA_2018_november.html", "/leagues/NBA_2018_games-october.html", season(months=["october"])),
    ],
)  # fmt: skip
def test_bodies_that_lie_are_never_stored(desk: Desk, upstream, captures, file, address, coverage) -> None:
    server = upstream("--replay", str(captures.root), "--override", f"{file}={address}")
    prepare(desk, server.url, coverage)
    desk.run("run", "--once", "--max-wait", "1", expect=3)
    assert desk.stored() == set()
