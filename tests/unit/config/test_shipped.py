"""The files of the repository: they load, say nothing twice, and hold the published settings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adce_async.app import builtins
from adce_async.config.effective_limits import effective_limits, global_limits
from adce_async.config.files.limits import BUILTIN_LIMITS
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides, Settings
from adce_async.model.coverage import Priority
from adce_async.model.limits import Limits, Window
from adce_async.model.score_rules import ScoreRules

ROOT = Path(__file__).resolve().parents[3]


def loaded() -> Settings:
    known = builtins()
    return load(Overrides(), {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(ROOT)
    return loaded()


def test_they_load_without_a_warning(shipped: Settings) -> None:
    assert shipped.warnings == ()


def test_the_published_limits_hold(shipped: Settings) -> None:
    for source, builtin in BUILTIN_LIMITS.items():
        resolved = effective_limits(source, shipped.service, shipped.scraping)
        assert resolved.limits == builtin.limits(), source
        assert [where for where, _ in resolved.stated] == [f"autonomous_config.rate_limiting.source_limits.{source}"]
    assert global_limits(shipped.service) == Limits((Window(100, 60.0), Window(5000, 3600.0)))


def test_the_published_settings(shipped: Settings) -> None:
    service = shipped.service
    assert service.reconciliation_interval_minutes == 15
    assert (service.task_queue_check_seconds, service.max_concurrent_scrapers) == (10, 5)
    backoff = service.rate_limiting.backoff
    assert (backoff.threshold_percent, backoff.initial_delay_seconds, backoff.max_delay_seconds) == (80, 1, 30)
    rules = service.priority_weighting.rules()
    assert rules == ScoreRules()
    assert rules.source == {"espn": 1.5, "nba_api": 1.3, "basketball_reference": 1.2, "hoopr": 1.1, "kaggle": 1.0}
    assert service.metrics.cloudwatch.namespace == "ADCE/Orchestrator"


def test_every_data_type_is_covered_by_a_scraper_that_still_asks(shipped: Settings) -> None:
    known = builtins().scrapers
    for name, (source, one) in shipped.inventory.active().items():
        scraper = known[one.scraper or ""]
        assert (scraper.source, scraper.retired) == (source, ""), name


def test_over_eighty_data_types_of_five_sources_with_keys_of_their_own(shipped: Settings) -> None:
    coverage = shipped.inventory.expected_coverage
    least = {"espn": 12, "nba_api": 35, "basketball_reference": 22, "hoopr": 10, "kaggle": 5}
    assert {name: len(coverage[name].data_types) >= count for name, count in least.items()} == dict.fromkeys(
        least, True
    )
    patterns = [one.path_pattern for source in coverage.values() for one in source.data_types.values()]
    assert len(patterns) == len(set(patterns))


def test_what_old_lakes_hold_counts(shipped: Settings) -> None:
    patterns = {
        one.path_pattern
        for source in shipped.inventory.expected_coverage.values()
        for one in source.data_types.values()
    }
    assert patterns >= {
        "espn_schedules/{date_compact}.json",
        "espn_play_by_play/{game_id}.json",
        "espn_box_scores/{game_id}.json",
        "espn_team_stats/{game_id}.json",
        "nba_api_playbyplay/play_by_play_{game_id}.json",
        "nba_api_comprehensive/boxscores_traditional/traditional_{game_id}.json",
        "nba_api_comprehensive/boxscores_advanced/advanced_{game_id}.json",
        "hoopr_parquet/play_by_play/nba_data_{season_end}.parquet",
    }


COMMENTED = {
    "config/autonomous_config.yaml": [
        "# max_orchestrator_runtime_minutes: 60",
        "# task_size: {",
        "# success_rate_threshold: 0.5",
        "# success_rate_penalty: 0.7",
        "# max_tasks_per_run: 1000",
        "# sns_topic_arn: arn:",
        "# every_night:",
        '#   schedule: "0 4 * * *"',
        "#   timezone: America/New_York",
        "# - day: Sunday",
        '#   start_time: "02:00"',
        '#   end_time: "04:00"',
        "#   timezone: America/Chicago",
        "# region: us-east-1",
        "# task_queue_file: inventory/gaps.json",
        "# state_db: inventory/adce.db",
    ],
    "config/reconciliation_config.yaml": [
        "# lake: lake",
        "# inventory_bucket: my-inventory-bucket",
        "# queue_url: https://sqs.",
        "# max_tasks_per_run: 1000",
        "# max_tasks_per_priority: {",
    ],
    "inventory/data_inventory.yaml": [f'# seasons: ["{year}-current"]' for year in (2002, 1997, 1947)],
}


def test_what_is_commented_out_loads_once_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "inventory").mkdir()
    shutil.copy(ROOT / "inventory" / "data_inventory.yaml", tmp_path / "inventory")
    for name, comments in COMMENTED.items():
        text = (tmp_path / name).read_text().replace("windows: []", "windows:").replace("seasons: [current]\n", "\n")
        for comment in comments:
            assert comment in text
            text = text.replace(comment, comment.removeprefix("# ").replace("#   ", "  "))
        (tmp_path / name).write_text(text)
    settings = loaded()
    assert all(warning.message.startswith("has no effect yet: ") for warning in settings.warnings)
    assert settings.service.maintenance.windows[0].timezone == "America/Chicago"
    assert list(settings.service.scheduled_tasks.tasks) == ["every_night"]
    assert settings.reconciliation.caps[Priority.LOW] == 200
    assert settings.inventory.expected_coverage["espn"].seasons == ("2002-current",)
