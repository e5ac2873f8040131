"""All problems of all files at once, each at its place; who wins; what is pointed out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adce_async.errors import ConfigError

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project


TYPOS = [
    (
        "autonomous_config",
        "reconcilation_interval_minutes: 5",
        "1: reconcilation_interval_minutes: unknown key; did you mean 'reconciliation_interval_minutes'?",
    ),
    (
        "autonomous_config",
        "\n# x\nhealth_check:\n  prot: 80\n",
        "3: health_check.prot: unknown key; did you mean 'port'?",
    ),
    (
        "autonomous_config",
        "health_check:\n  port: many\n",
        "2: health_check.port: got 'many' (text); expected a port number, 0 to 65535 (0: any free port)",
    ),
    (
        "autonomous_config",
        "health_check: 8080\n",
        "1: health_check: got 8080; expected a section with keys of its own",
    ),
    (
        "autonomous_config",
        "health_check_port: -1\n",
        "1: health_check_port: got -1; expected a port number, 0 to 65535 (0: any free port)",
    ),
    (
        "autonomous_config",
        "rate_limiting:\n  source_limits:\n    ESPN:\n      requests_per_minute: 0\n",
        "4: rate_limiting.source_limits.ESPN.requests_per_minute: got 0; expected a number, greater than 0, at most 1e12",
    ),
    (
        "autonomous_config",
        "rate_limiting:\n  source_limits:\n    ESPN:\n      burst_size: 5\n",
        (
            "3: rate_limiting.source_limits.ESPN: names no limit; expected at least one of "
            "requests_per_second, requests_per_minute, requests_per_hour, requests_per_day, "
            "min_delay_seconds, or requests with per"
        ),
    ),
    (
        "autonomous_config",
        "a: 1\na: 2\n",
        "2: a: given twice, first in line 1; expected one of them",
    ),
    (
        "autonomous_config",
        "reconciliation_interval_minutes: 15\nreconciliation_interval_hours: 1\n",
        (
            "2: reconciliation_interval_hours: given twice, as 'reconciliation_interval_minutes' (15) and "
            "as 'reconciliation_interval_hours' (1); expected one of them "
            "('reconciliation_interval_minutes' is the newer name)"
        ),
    ),
    (
        "autonomous_config",
        (
            "maintenance:\n  windows:\n    - {start_time: '02:00', end_time: '04:00'}\n    - day: "
            "Funday\n      start_time: 02:00\n      end_time: 03:00\n"
        ),
        "4: maintenance.windows.1.day: got 'Funday' (text); expected a day of the week, Monday to Sunday",
    ),
    (
        "scraper_config",
        "sources:\n  ant: {hosts: [a.test], timout: 5}\n",
        "2: sources.ant.timout: unknown key; did you mean 'timeout_seconds'?",
    ),
    (
        "scraper_config",
        "sources:\n  ant:\n    hosts:\n      - a.test\n      - https://b.test\n",
        (
            "5: sources.ant.hosts.1: got 'https://b.test' (text); expected a bare host name such as "
            "site.api.espn.com: no https://, port, path or spaces"
        ),
    ),
    (
        "scraper_config",
        "scrapers:\n  x:\n    uses: a.b:C\n",
        "2: scrapers.x.source: missing; expected the name of a source: letters, digits, '_' and '-'",
    ),
    (
        "scraper_config",
        "scrapers:\n  x:\n    source: ant\n",
        "2: scrapers.x: says not what to fetch; expected 'uses: package.module:Class', or 'url' and 'check'",
    ),
    (
        "scraper_config",
        "scraper: {}\n",
        "1: scraper: unknown key; did you mean 'scrapers'?",
    ),
    (
        "reconciliation_config",
        "s3: {bukket: x}\n",
        "1: s3.bukket: unknown key; did you mean 'bucket'?",
    ),
    (
        "reconciliation_config",
        "task_queue:\n  max_tasks_per_priority: {urgent: 5}\n",
        ("2: task_queue.max_tasks_per_priority.urgent: got 'URGENT' (text); expected CRITICAL, HIGH, MEDIUM or LOW"),
    ),
    (
        "reconciliation_config",
        "gap_detection: {critical_threshold_days: soon}\n",
        "1: gap_detection.critical_threshold_days: got 'soon' (text); expected a number of days, 0 or greater, at most 36500 (a century)",
    ),
    (
        "data_inventory",
        "expected_coverag: {}\n",
        "1: expected_coverag: unknown key; did you mean 'expected_coverage'?",
    ),
    (
        "data_inventory",
        "expected_coverage:\n  ant:\n    seasons: [2024-26]\n",
        (
            "3: expected_coverage.ant.seasons.0: got '2024-26' (text); expected a season such as 2024-25, "
            "an end year such as 2025, a range of end years such as 2002-2025 or 2002-current, or current"
        ),
    ),
    (
        "data_inventory",
        ("expected_coverage:\n  ant:\n    data_types:\n      t:\n        required: true\n        path_pattern: x\n"),
        (
            "4: expected_coverage.ant.data_types.t.scraper: no scraper covers this data type; expected "
            "'scraper: NAME' (or 'enabled: false')"
        ),
    ),
]


@pytest.mark.parametrize(("file", "text", "problem"), TYPOS)
def test_each_mistake_has_its_file_line_and_key(project: Project, file: str, text: str, problem: str) -> None:
    project.write(data_inventory="", scraper_config="sources: {ant: {hosts: [ant.test]}}\n")
    project.write(**{file: text})
    folder = "inventory" if file == "data_inventory" else "config"
    assert f"{folder}/{file}.yaml:{problem}" in project.problems()
    assert len(project.problems()) <= 2


def test_all_problems_of_all_files_are_raised_once_in_the_order_of_the_files(project: Project) -> None:
    project.write(
        autonomous_config="\nmax_retries: x\nenabld: true\n",
        scraper_config="""
            sources: {ant: {hosts: [ant.test]}}
            scrapers: {ant_items: {source: amt, uses: a.b:C}}
            """,
        reconciliation_config="lake: [1]\n",
        data_inventory="""
            expected_coverage:
              ant:
                data_types:
                  items: {scraper: ant_item, path_pattern: "x/{id}", dimensions: {id: [1]}, tiers: 1}
            """,
    )
    assert project.problems({"ADCE_MAX_RETRY": "1"}, settings={"lease_seconds": 0}) == [
        "config/autonomous_config.yaml:1: max_retries: got 'x' (text); expected a whole number, 0 or greater, at most 1e12",
        "config/autonomous_config.yaml:2: enabld: unknown key; did you mean 'enabled'?",
        (
            "config/scraper_config.yaml:2: scrapers.ant_items.source: no source 'amt' is declared under "
            "'sources'; did you mean 'ant'?"
        ),
        "config/reconciliation_config.yaml:1: lake: got a list; expected one line of text, not empty",
        (
            "inventory/data_inventory.yaml:4: expected_coverage.ant.data_types.items.tiers: unknown key; "
            "did you mean 'tier'?"
        ),
        (
            "inventory/data_inventory.yaml:4: expected_coverage.ant.data_types.items.scraper: no scraper "
            "'ant_item' is declared in scraper_config.yaml; did you mean 'ant_items'?"
        ),
        "environment: ADCE_MAX_RETRY: unknown variable; did you mean ADCE_MAX_RETRIES?",
        "command line: lease_seconds: got 0; expected a number of seconds, 1 to 86400 (a day)",
    ]


def test_a_mistake_does_not_hide_what_is_wrong_beside_it_nor_cause_more(project: Project) -> None:
    project.write(
        scraper_config="""
            sources: {ant: {hosts: ["https://ant.test"]}}
            scrapers:
              good: {source: ant, url: "https://ant.test/{id}", check: {required: [x]}}
              bad: {source: ant, url: "https://ant.test/{id}"}
            """,
        data_inventory="""
            expected_coverage:
              ant:
                seasons: [2024-26, 2024-27, 2024-25]
                data_types:
                  one: {scraper: bad, path_pattern: "one/{id}", dimensions: {id: [1]}}
                  two: {scraper: good, path_pattern: "two/{season}/{id}", dimensions: {id: {from: one}}, min_bytes: x}
                  three: {path_pattern: "three/{id}", dimensions: {id: [1]}}
                  four: {scraper: good, path_pattern: "four/{id}", dimensions: {id: {from: three}}}
                  five: {scraper: good, path_pattern: "five/{id}", dimensions: {id: {from: thre}}}
            """,
    )
    assert [problem.split(": ")[1] for problem in project.problems()] == [
        "sources.ant.hosts.0",
        "scrapers.bad",
        "expected_coverage.ant.seasons.0",
        "expected_coverage.ant.seasons.1",
        "expected_coverage.ant.data_types.two.min_bytes",
        "expected_coverage.ant.data_types.three.scraper",
        "expected_coverage.ant.data_types.five.dimensions.id.from",
    ]


def test_what_is_left_out_for_one_mistake_is_not_reported_as_another(project: Project) -> None:
    project.write(
        autonomous_config="""
            maintenance:
              windows:
                - {start_time: "01:00", end_time: "02:00"}
                - {day: Monday}
                - {start_time: x, end_time: y}
                - {day: Funday}
            """,
        scraper_config="sources: {ant: {hosts: [ant.test]}}\nscrapers: {ant_items: {source: ant, uses: nothing}}\n",
        data_inventory="""
            expected_coverage:
              ant:
                data_types:
                  old: {required: true}
                  new: {scraper: ant_items, path_pattern: "new/{id}", dimensions: {id: {from: odl}}}
            """,
    )
    assert [problem.split(": ")[1] for problem in project.problems()] == [
        "maintenance.windows.1.start_time",
        "maintenance.windows.1.end_time",
        "maintenance.windows.2.start_time",
        "maintenance.windows.2.end_time",
        "maintenance.windows.3.day",
        "maintenance.windows.3.start_time",
        "maintenance.windows.3.end_time",
        "scrapers.ant_items.uses",
        "expected_coverage.ant.data_types.old.scraper",
        "expected_coverage.ant.data_types.old.path_pattern",
        "expected_coverage.ant.data_types.new.dimensions.id.from",
    ]


def test_a_file_that_is_no_yaml_causes_no_follow_up_errors(project: Project) -> None:
    project.write(scraper_config="sources: [")
    (problem,) = project.problems()
    assert problem.startswith("config/scraper_config.yaml:2: not valid YAML: ")


def test_the_error_says_it_all_in_lines(project: Project) -> None:
    project.write(autonomous_config="a: 1\nb: 1\n")
    with pytest.raises(ConfigError) as caught:
        project.load()
    assert len(str(caught.value).splitlines()) == len(caught.value.problems) == 2


def test_default_file_environment_command_line(project: Project) -> None:
    key = "autonomous_config.reconciliation_interval_minutes"
    environ = {"ADCE_RECONCILIATION_INTERVAL_MINUTES": "6"}

    def loaded(environ: dict[str, str], **settings: object) -> tuple[float, str]:
        found = project.load(environ, settings=settings)
        return found.service.reconciliation_interval_minutes, found.origins[key]

    assert loaded({}) == (15, "default")
    project.write(autonomous_config="# x\nreconciliation_interval_minutes: 5\n")
    assert loaded({}) == (5, "config/autonomous_config.yaml:2")
    assert loaded(environ) == (6, "environment ADCE_RECONCILIATION_INTERVAL_MINUTES")
    assert loaded(environ, reconciliation_interval_minutes=7) == (7, "command line")
    assert loaded(environ, reconciliation_interval_hours=2) == (120, "command line")


def test_old_spellings_in_a_file_give_way_to_new_ones_above(project: Project) -> None:
    project.write(autonomous_config="reconciliation_interval_hours: 1\nhealth_check_port: 1\ntest_mode: true\n")
    settings = project.load({"ADCE_RECONCILIATION_INTERVAL_MINUTES": "6", "ADCE_TEST_MODE__ENABLED": "false"})
    assert settings.service.reconciliation_interval_minutes == 6
    assert settings.service.health_check.port == 1
    assert settings.service.test_mode.enabled is False
    assert settings.origins["autonomous_config.health_check.port"] == "config/autonomous_config.yaml:2"


def test_sections_are_merged_key_by_key(project: Project) -> None:
    project.write(
        autonomous_config="""
            rate_limiting:
              source_limits:
                ESPN:
                  requests_per_minute: 60
                  burst_size: 5
            """
    )
    settings = project.load({"ADCE_RATE_LIMITING__SOURCE_LIMITS__ESPN__REQUESTS_PER_MINUTE": "10"}, builtin=("espn",))
    limits = settings.service.rate_limiting.source_limits["espn"]
    assert (limits.requests_per_minute, limits.burst_size) == (10, 5)
    prefix = "autonomous_config.rate_limiting.source_limits.espn"
    assert settings.origins[f"{prefix}.burst_size"] == "config/autonomous_config.yaml:5"
    assert settings.origins[f"{prefix}.requests_per_minute"].startswith("environment ADCE_RATE_LIMITING__SOURCE")
    assert settings.origins[f"{prefix}.requests_per_hour"] == "default"


def test_level_and_format_of_the_log(project: Project) -> None:
    project.write(autonomous_config="logging: {level: ERROR}\n")
    settings = project.load({"ADCE_LOG_LEVEL": "debug", "ADCE_LOG_FORMAT": "json"}, log_level="warning")
    assert (settings.service.logging.level, settings.service.logging.format) == ("WARNING", "json")
    assert settings.origins["autonomous_config.logging.level"] == "command line"
    assert settings.origins["autonomous_config.logging.format"] == "environment ADCE_LOG_FORMAT"
    assert project.problems({"ADCE_LOG_LEVEL": "loud"}) == [
        "environment ADCE_LOG_LEVEL: logging.level: got 'loud' (text); expected DEBUG, INFO, WARNING, ERROR or CRITICAL"
    ]


def test_an_unknown_setting_of_the_command_line(project: Project) -> None:
    assert project.problems(settings={"max_retrys": 1}) == [
        "command line: max_retrys: unknown key; did you mean 'max_retries'?"
    ]


def test_missing_files_are_defaults_and_said(project: Project) -> None:
    for path in project.root.rglob("*.yaml"):
        path.unlink()
    settings = project.load()
    assert [str(warning) for warning in settings.warnings] == [
        "config/autonomous_config.yaml: there is no such file: every value is the default",
        "config/scraper_config.yaml: there is no such file: every value is the default",
        "config/reconciliation_config.yaml: there is no such file: every value is the default",
        (
            "inventory/data_inventory.yaml: there is no such file: nothing is declared, so nothing will be collected; "
            "`adce init` writes what to begin with"
        ),
    ]
    assert settings.service.max_retries == 3


def test_an_empty_inventory_is_said(project: Project) -> None:
    said = (
        "nothing is declared, so nothing will be collected; expected data types under 'expected_coverage' "
        "(`adce init FOLDER` writes an example)"
    )
    project.write(data_inventory="# nothing\n")
    assert project.warnings() == [f"inventory/data_inventory.yaml: {said}"]
    project.write(data_inventory="\nexpected_coverage: {}\n")
    assert project.warnings() == [f"inventory/data_inventory.yaml:1: expected_coverage: {said}"]


def test_a_folder_that_was_asked_for_has_to_exist(project: Project) -> None:
    assert project.problems(config_dir=Path("nowhere")) == [
        (
            "command line: --config-dir: no such folder 'nowhere'; expected the one that holds "
            "autonomous_config.yaml and the others"
        )
    ]
    (problem,) = project.problems({"ADCE_CONFIG_DIR": "nowhere"})
    assert problem.startswith("environment ADCE_CONFIG_DIR: no such folder 'nowhere'")
    assert project.problems(inventory_dir=Path("nowhere")) == []


def test_a_folder_in_place_of_a_file(project: Project) -> None:
    project.path("autonomous_config").unlink()
    project.path("autonomous_config").mkdir()
    assert project.problems() == [
        "config/autonomous_config.yaml: cannot be read: Is a directory; expected a readable file"
    ]


def test_keys_without_effect_are_pointed_out_once_each(project: Project) -> None:
    project.write(
        autonomous_config="""
            use_aws_inventory: true
            fallback_to_sample:
            logging: {format: "%(message)s"}
            scheduled_tasks:
              one: {schedule: "@daily", script: a.py}
              two: {schedule: "@daily", script: b.py, args: []}
            version: "1"
            """,
        scraper_config="""
            sources: {ANT: {hosts: [ant.test], retry: {max_attempts: 2, jitter: true}}}
            scrapers:
              ant_items: {source: ant, url: "https://ant.test/{id}", check: {required: [x]}, storage: {s3_bucket: b}}
            """,
        reconciliation_config="s3: {sample_rate: 0.1}\nnotifications: {enabled: false}\n",
        data_inventory="""
            expected_coverage:
              ant:
                seasons: {nba: 2025, gleague: 2002-2025}
                data_types:
                  items: {scraper: ant_items, path_pattern: "x/{id}", dimensions: {id: [1]}, priority: IMMEDIATE}
            quality_requirements: {min_file_size_bytes: 100}
            """,
    )
    config, inventory = "config", "inventory/data_inventory.yaml"
    assert project.warnings() == [
        (
            f"{config}/autonomous_config.yaml:1: use_aws_inventory: has no effect any more: set "
            "'s3.use_aws_inventory' in reconciliation_config.yaml"
        ),
        (
            f"{config}/autonomous_config.yaml:3: logging.format: format strings are not used; 'console' is "
            "taken, or say 'json'"
        ),
        (
            f"{config}/autonomous_config.yaml:5: scheduled_tasks.one.script: has no effect any more: no "
            "programs are started: a schedule starts a reconciliation pass (1 more like it)"
        ),
        (
            f"{config}/autonomous_config.yaml:6: scheduled_tasks.two.args: has no effect any more: no "
            "programs are started: a schedule starts a reconciliation pass"
        ),
        (
            f"{config}/scraper_config.yaml:1: sources.ANT.retry.jitter: has no effect any more: waits are "
            "always random, so that retries do not come in step"
        ),
        (
            f"{config}/scraper_config.yaml:3: scrapers.ant_items.storage: has no effect any more: the lake "
            "of reconciliation_config.yaml holds everything"
        ),
        (
            f"{config}/reconciliation_config.yaml:1: s3.sample_rate: has no effect any more: the lake is "
            "always listed in full: a sample would show gaps where there are none"
        ),
        (
            f"{config}/reconciliation_config.yaml:2: notifications: has no effect any more: set 'alerts' in "
            "autonomous_config.yaml"
        ),
        (
            f"{inventory}:3: expected_coverage.ant.seasons.gleague: has no effect any more: only seasons of "
            "the NBA are collected"
        ),
        (
            f"{inventory}:5: expected_coverage.ant.data_types.items.priority: has no effect any more: age "
            "and season decide, or say CRITICAL, HIGH, MEDIUM or LOW"
        ),
        (
            f"{inventory}:6: quality_requirements: has no effect any more: set 'min_bytes' at the data "
            "types; the scrapers' checks know what a good body is"
        ),
    ]


OLD_SERVICE = """
version: "1.0"
enabled: true
test_mode: {enabled: false, skip_reconciliation: true}
reconciliation_interval_minutes: 15
use_aws_inventory: true
min_tasks_to_trigger: 1
max_orchestrator_runtime_minutes: 60
max_concurrent_scrapers: 5
rate_limiting:
  enabled: true
  global_limits: {requests_per_minute: 100, requests_per_hour: 5000}
  source_limits:
    basketball_reference: {requests_per_minute: 20, requests_per_hour: 500, burst_size: 3, min_delay_seconds: 3}
  backoff: {enabled: true, threshold_percent: 80, initial_delay_seconds: 1, max_delay_seconds: 30}
task_queue_file: inventory/gaps.json
task_processing:
  priority_order: [CRITICAL, HIGH, MEDIUM, LOW]
  max_tasks_per_run: 1000
  priority_weighting:
    enabled: true
    base_scores: {CRITICAL: 1000, HIGH: 100, MEDIUM: 10, LOW: 1}
    age_weight: 0.5
    source_multipliers: {espn: 1.5, nba_api: 1.3, basketball_reference: 1.2, hoopr: 1.1, default: 1.0}
    gap_size_weight: -0.1
    max_gap_size_penalty: 10
    success_rate_weight: 20
health_check:
  port: 8080
  alert_thresholds: {reconciliation_daemon_down_minutes: 5, task_queue_stale_hours: 24, error_rate_threshold: 0.1}
max_retries: 3
retry_delay_seconds: 60
alerts:
  channels: {email: {enabled: false}, slack: {enabled: false, webhook_url: "", channel: "#x"}}
  alert_on: [high_error_rate]
scheduled_tasks:
  enabled: true
  daily: {schedule: "0 2 * * *", script: a.py, args: ["--days", "3"], priority: HIGH, timeout_minutes: 60,
    retry_on_failure: true, max_retries: 3, description: x, post_execution: {trigger_dims_update: true}}
logging: {level: INFO, file: a.log, max_size_mb: 100, backup_count: 5, format: "%(asctime)s"}
resource_limits: {max_memory_mb: 2048, max_cpu_percent: 80, disk_space_threshold_gb: 10}
performance: {task_completion_rate_target: 0.95}
integration:
  dims: {enabled: true, update_on_cycle_complete: true, metrics_to_track: [error_count]}
  scraper_config: {file: config/scraper_config.yaml}
maintenance: {enabled: false, windows: []}
dry_run: {enabled: false}
metadata: {status: production}
"""


def test_a_file_of_the_predecessor_loads_with_its_old_meaning(project: Project) -> None:
    service = project.write(autonomous_config=OLD_SERVICE).load().service
    assert (service.dry_run, service.test_mode.enabled, service.max_orchestrator_runtime_minutes) == (False, False, 60)
    assert service.retry_delay_seconds == 60
    assert service.priority_weighting.rules().success_rate_weight == 20
    assert service.task_processing.max_tasks_per_run == 1000
    assert service.metrics.dims_integration is True
    assert (service.logging.file, service.logging.max_bytes, service.logging.backups) == ("a.log", 104_857_600, 5)
    assert list(service.scheduled_tasks.tasks) == ["daily"]
    assert project.load().paths.gaps_file == Path("inventory/gaps.json")


def test_loading_twice_gives_the_same(project: Project) -> None:
    assert project.load() == project.load()
