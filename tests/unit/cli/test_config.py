"""config check, show and schema on a small configuration."""

from __future__ import annotations

import json

from tests.unit.cli.conftest import INVENTORY, SCRAPERS, Desk


def test_check_says_the_limits_that_hold_and_counts_what_is_known(desk: Desk) -> None:
    out, _ = desk.adce("config", "check")
    assert any("ant" in line and "10 per 20s, burst 2" in line for line in out.splitlines()), out
    assert out.splitlines()[-1].endswith(" data types")
    checked = desk.json("config", "check")
    assert (checked["valid"], checked["data_types"]) == (True, 1)
    assert checked["sources"] > 1  # those that come with the program
    assert checked["limits"] == out.splitlines()[:-1]


def test_what_is_wrong_is_named_with_its_line_and_the_right_key(desk: Desk) -> None:
    desk.write("config/autonomous_config.yaml", {"max_concurrent_scraper": 3})
    _, err = desk.adce("config", "check", expect=2)
    assert "autonomous_config.yaml:1: max_concurrent_scraper:" in err
    assert "max_concurrent_scrapers" in err


def test_a_source_that_would_not_let_us_in_is_said(desk: Desk, monkeypatch) -> None:
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(desk.folder))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(desk.folder / "none"))
    version = {
        "scraper": "kaggle_view",
        "path_pattern": "k/{owner}/{slug}",
        "dimensions": {"owner": ["a"], "slug": ["b"]},
    }
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": {"kaggle": {"data_types": {"view": version}}}})
    _, err = desk.adce("config", "check")
    assert "warning: kaggle: 1 data type is expected of it, but" in err


def test_show_lists_what_differs_with_who_set_it(desk: Desk, monkeypatch) -> None:
    desk.write("config/autonomous_config.yaml", {"max_concurrent_scrapers": 3})
    monkeypatch.setenv("ADCE_GRACE_SECONDS", "7")
    shown = {row["key"]: row for row in desk.json("config", "show")["values"]}
    assert shown["autonomous_config.max_concurrent_scrapers"]["value"] == 3
    assert shown["autonomous_config.max_concurrent_scrapers"]["set_by"].endswith("autonomous_config.yaml:1")
    assert "ADCE_GRACE_SECONDS" in shown["autonomous_config.grace_seconds"]["set_by"]
    assert not any(key.startswith("data_inventory.") for key in shown)
    out, _ = desk.adce("config", "show")
    assert "values are not their defaults" in out.splitlines()[-1]


def test_show_all_lists_everything(desk: Desk) -> None:
    some, everything = desk.json("config", "show"), desk.json("config", "show", "--all")
    assert everything["not_listed"] == 0
    assert len(everything["values"]) == len(some["values"]) + some["not_listed"]
    assert any(row["key"].startswith("data_inventory.") for row in everything["values"])


def test_the_schema_accepts_our_own_file(desk: Desk) -> None:
    import jsonschema

    document = json.loads(desk.adce("config", "schema")[0])
    assert len(document) == 4
    for name, accepted in (("scraper_config", SCRAPERS), ("data_inventory", INVENTORY)):
        validator = jsonschema.Draft202012Validator(document[f"{name}.yaml"])
        validator.validate(accepted)
        assert list(validator.iter_errors({"curling": 1}))


def test_check_says_what_is_watched_while_games_are_on(desk: Desk) -> None:
    day, game = {"date": ["2024-12-15"]}, {"game_id": {"from": "schedule"}}
    schedule = {"scraper": "espn_scoreboard", "path_pattern": "s/{date}.json", "dimensions": day}
    box = {"scraper": "espn_summary", "path_pattern": "b/{game_id}.json", "dimensions": game}
    types = {"schedule": schedule, "box": box}
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": {"espn": {"data_types": types}}})
    out, _ = desk.adce("config", "check")
    assert "watched while games are on: espn.schedule; every 30 s while a game is on, 60 s while one is due" in out
    assert desk.json("config", "check")["watched"] == ["espn.schedule"]
    desk.write("config/autonomous_config.yaml", {"live_games": {"enabled": False}})
    out, _ = desk.adce("config", "check")
    assert "watched" not in out


def test_check_says_what_happens_by_the_clock_and_who_is_told(desk: Desk) -> None:
    window = {"day": "Sunday", "start_time": "2:00", "end_time": "4:00", "timezone": "UTC", "allow_critical": True}
    desk.write(
        "config/autonomous_config.yaml",
        {
            "scheduled_tasks": {"nightly": {"schedule": "0 4 * * *", "timezone": "UTC", "data_types": ["ant.items"]}},
            "maintenance": {"enabled": True, "windows": [window]},
            "alerts": {"channels": {"command": {"enabled": True, "argv": ["page"]}}, "alert_on": ["drift"]},
            "guardrails": {"safe_mode": "on_trigger"},
            "metrics": {"cloudwatch": {"enabled": True, "namespace": "Of/Ants", "interval_seconds": 90}},
        },
    )
    out, _ = desk.adce("config", "check")
    assert any(
        line.startswith("schedule nightly: a pass at ") and line.endswith("T04:00:00Z, for ant.items")
        for line in out.splitlines()
    )
    assert "maintenance: Sunday 02:00-04:00 UTC: all sources, CRITICAL tasks let through" in out
    assert "alerts go to the log, command: 1 conditions (alerts.alert_on)" in out
    assert "safe mode: on_trigger (guardrails.safe_mode)" in out
    assert "figures go to CloudWatch as Of/Ants, every 90 s; `adce metrics cost` (metrics.cloudwatch)" in out


def test_check_says_which_files_and_programs_are_not_there(desk: Desk) -> None:
    there = desk.folder / "token"
    named = {
        "health_check": {"token_file": str(there), "socket": str(desk.folder / "no" / "socket")},
        "alerts": {"channels": {"command": {"enabled": True, "argv": ["/no/such/program", "x"]}}},
    }
    desk.write("config/autonomous_config.yaml", named)
    warned = [line.partition(": there is no such")[0] for line in desk.json("config", "check")["warnings"]]
    keys = ["health_check.token_file", "health_check.socket", "alerts.channels.command.argv"]
    assert [key for key in warned if key in keys] == keys
    there.write_text("a token")
    (desk.folder / "no").mkdir()
    desk.write("config/autonomous_config.yaml", {"health_check": named["health_check"]})
    assert not any("on this machine" in line for line in desk.json("config", "check")["warnings"])
