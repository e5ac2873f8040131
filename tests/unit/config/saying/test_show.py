"""Every value with who set it, and who limits which source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adce_async.config.effective_limits import limits_of
from adce_async.config.files.base import leaves
from adce_async.config.files.limits import LimitConfig
from adce_async.config.saying import show
from adce_async.config.settings import Settings

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project


def test_every_value_has_a_row_with_its_origin(project: Project) -> None:
    project.write(
        autonomous_config="health_check: {port: 1}\ntask_processing: {priority_order: [low, high, medium, critical]}\n"
    )
    settings = project.load({"ADCE_MAX_RETRIES": "5"}, settings={"enabled": False}, lake="s3://some-bucket")
    found = {row.path: (row.value, row.origin) for row in show.rows(settings)}
    assert found["autonomous_config.health_check.port"] == (1, "config/autonomous_config.yaml:1")
    assert found["autonomous_config.health_check.host"] == ("127.0.0.1", "default")
    assert found["autonomous_config.max_retries"] == (5, "environment ADCE_MAX_RETRIES")
    assert found["autonomous_config.enabled"] == (False, "command line")
    assert found["autonomous_config.task_processing.priority_order"][0] == ["LOW", "HIGH", "MEDIUM", "CRITICAL"]
    assert found["autonomous_config.priority_weighting.base_scores.CRITICAL"] == (1000.0, "default")
    assert found["scraper_config.sources.ant.hosts"] == (["ant.test"], "config/scraper_config.yaml:3")
    assert found["data_inventory.expected_coverage.ant.data_types.items.dimensions.id.values"] == (
        ["1", "2"],
        "inventory/data_inventory.yaml:7",
    )
    assert found["paths.lake"] == ("s3://some-bucket", "command line")
    assert found["paths.state_db"] == ("inventory/adce.db", "default")
    json.dumps([row.value for row in show.rows(settings)])


def test_every_leaf_has_an_origin(project: Project) -> None:
    settings = project.load()
    keys = {".".join((file, *path)) for file, model in settings.models.items() for path, _ in leaves(model)}
    assert keys == {key for key in settings.origins if not key.startswith("paths.")}


def test_retired_keys_are_no_values(project: Project) -> None:
    project.write(autonomous_config="performance: {x: 1}\n")
    assert not [row for row in show.rows(project.load()) if "performance" in row.path]


def test_secrets_are_masked(project: Project) -> None:
    project.write(
        scraper_config="""
            sources: {ant: {hosts: [ant.test], headers: {Authorization: SECRET1, Accept: text/html}}}
            scrapers: {ant_items: {source: ant, uses: a.b:C}}
            """
    )
    settings = project.load({"ADCE_ALERTS__CHANNELS__SLACK__WEBHOOK_URL": "https://hooks.test/SECRET2"})
    found = {row.path: row.value for row in show.rows(settings)}
    assert found["scraper_config.sources.ant.headers.Authorization"] == "***"
    assert found["scraper_config.sources.ant.headers.Accept"] == "text/html"
    assert found["autonomous_config.alerts.channels.slack.webhook_url"] == "***"
    assert settings.service.alerts.channels.slack.webhook_url == "https://hooks.test/SECRET2"


def described(settings: Settings, packaged: LimitConfig | None = None) -> list[str]:
    said = [("source ant of its package", packaged)] if packaged else []
    resolved = {
        name: limits_of(name, settings.service, settings.scraping, None, said if name == "ant" else ())
        for name in settings.scraping.sources
    }
    return show.describe_limits(settings.service, resolved, ["ant"])


def test_who_speaks_for_a_source_and_who_counts(project: Project) -> None:
    project.write(
        autonomous_config="rate_limiting: {source_limits: {ant: {requests_per_minute: 20, burst_size: 5}}}\n",
        scraper_config="""
            sources:
              ant:
                hosts: [ant.test]
                rate_limit: {requests_per_minute: 30, requests_per_hour: 100, min_delay_seconds: 2}
              bee: {hosts: [bee.test]}
            scrapers: {ant_items: {source: ant, uses: a.b:C}}
            """,
    )
    assert described(project.load())[:6] == [
        "all sources together: no limit",
        "ant: 20 per minute, 100 per hour, 2 s between requests, burst 5",
        "  autonomous_config.rate_limiting.source_limits.ant: 20 per minute (counts)",
        "  scraper_config.sources.ant.rate_limit: 30 per minute, 100 per hour (counts), 2 s between requests (counts)",
        "bee: 1 per second, burst 1",
        "  built-in default: 1 per second (counts)",
    ]
    switched_off = described(project.load(settings={"rate_limiting.enabled": False}))
    assert switched_off[1] == "ant: no limit"
    assert switched_off[-1] == "rate_limiting.enabled is false: nothing is limited"


def test_nothing_is_shown_laxer_than_it_holds(project: Project) -> None:
    project.write(
        autonomous_config="""
            rate_limiting:
              global_limits: {requests_per_minute: 10, burst_size: 2}
              source_limits: {ant: {requests_per_minute: 20}}
              guard_milliseconds: 50
              backoff: {threshold_percent: 60}
            """,
        scraper_config="""
            sources: {ant: {hosts: [ant.test]}}
            scrapers: {ant_items: {source: ant, uses: a.b:C}}
            """,
    )
    lines = described(project.load(), packaged=LimitConfig(requests_per_minute=6, min_delay_seconds=1))
    assert lines == [
        "all sources together: 10 per minute, burst 2",
        "ant: 6 per minute, 1 s between requests, burst 1",
        "  autonomous_config.rate_limiting.source_limits.ant: 20 per minute",
        "  source ant of its package: 6 per minute (counts), 1 s between requests (counts)",
        "each window and delay is kept 50 ms longer (rate_limiting.guard_milliseconds)",
        "above 60 % of a window: the even rate, no bursts (rate_limiting.backoff)",
        "a longer Crawl-delay in a robots.txt counts: ant",
    ]


def test_what_is_not_its_default_is_known_at_any_depth(project: Project) -> None:
    project.write(
        autonomous_config="""
            max_retries: 3
            health_check: {port: 8081}
            scheduled_tasks: {nightly: {schedule: "0 4 * * *"}}
            rate_limiting: {backoff: {threshold_percent: 70}}
            """
    )
    found = {row.path.removeprefix("autonomous_config."): row for row in show.rows(project.load())}
    differing = {name: (row.value, row.default) for name, row in found.items() if row.differs and "." in name}
    assert differing["health_check.port"] == (8081, 8080)
    assert differing["rate_limiting.backoff.threshold_percent"] == (70.0, 80.0)
    assert differing["scheduled_tasks.nightly.schedule"][0] == "0 4 * * *"
    assert not {"max_retries", "health_check.host", "rate_limiting.backoff.strategy"} & {
        name for name, row in found.items() if row.differs
    }
    assert not found["paths.state_db"].differs
