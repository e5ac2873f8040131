"""Every value with who set it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adce_async.config.files.keys import leaves
from adce_async.config.saying import show

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
