"""The files of the repository: they load, say nothing twice, and hold the published settings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adce_async.config.limits import BUILTIN_LIMITS
from adce_async.config.load import Overrides, Settings, load
from adce_async.config.speakers import global_limits, limits_of
from adce_async.model.coverage import Priority
from adce_async.model.limits import Limits, Window
from adce_async.model.score_rules import ScoreRules

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(ROOT)
    return load(Overrides(), {})


def test_they_load_without_a_warning(shipped: Settings) -> None:
    assert shipped.warnings == ()


def test_the_published_limits_hold(shipped: Settings) -> None:
    for source, builtin in BUILTIN_LIMITS.items():
        resolved = limits_of(source, shipped.service, shipped.scraping)
        assert resolved.limits == builtin.limits(), source
        assert [where for where, _ in resolved.speakers] == [f"autonomous_config.rate_limiting.source_limits.{source}"]
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


def test_every_data_type_is_covered(shipped: Settings) -> None:
    assert {name: one.scraper for name, (_, one) in shipped.inventory.active().items()} == {
        "espn.schedule": "espn_scoreboard",
        "espn.box_score": "espn_summary",
        "espn.play_by_play": "espn_summary",
        "basketball_reference.schedule": "basketball_reference_schedule",
        "basketball_reference.box_score": "basketball_reference_box_score",
        "basketball_reference.play_by_play": "basketball_reference_play_by_play",
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
        "# prefixes: [",
        "# inventory_bucket: my-inventory-bucket",
        "# max_tasks_per_run: 1000",
        "# max_tasks_per_priority: {",
    ],
    "inventory/data_inventory.yaml": ['# seasons: ["2002-current"]', '# seasons: ["1997-current"]'],
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
    settings = load(Overrides(), {})
    assert settings.warnings == ()
    assert settings.service.maintenance.windows[0].timezone == "America/Chicago"
    assert list(settings.service.scheduled_tasks.tasks) == ["every_night"]
    assert settings.reconciliation.caps[Priority.LOW] == 200
    assert settings.inventory.expected_coverage["espn"].seasons == ("2002-current",)
