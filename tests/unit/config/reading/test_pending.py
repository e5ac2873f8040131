"""What is understood and not acted on yet is said once a section, and only where somebody has set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adce_async.config.reading import pending

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project


FILE = "config/autonomous_config.yaml"
TABLE = {
    "autonomous_config.min_tasks_to_trigger": "one will do",
    "autonomous_config.alerts.channels": "the log has them",
    "autonomous_config.scheduled_tasks": "at its interval",
    "scraper_config.scrapers.*.read_timeout_seconds": "the source's holds",
}
"""As it could be: what is in the real one has to become less."""


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "PENDING", TABLE)


def warnings(project: Project) -> list[str]:
    return [str(warning) for warning in project.load().warnings]


def test_nobody_is_warned_of_defaults(project: Project) -> None:
    project.write(autonomous_config="min_tasks_to_trigger: 1\nalerts: {channels: {email: {enabled: false}}}\n")
    assert warnings(project) == []


def test_a_section_is_said_once_at_its_first_line(project: Project) -> None:
    project.write(
        autonomous_config="""
            min_tasks_to_trigger: 5
            alerts:
              channels:
                email: {enabled: true, sns_topic_arn: "arn:aws:sns:us-east-1:123456789012:x", subject_prefix: Oh}
            scheduled_tasks:
              nightly: {schedule: "0 4 * * *"}
            """,
    )
    assert warnings(project) == [
        f"{FILE}:1: min_tasks_to_trigger: has no effect yet: one will do",
        f"{FILE}:4: alerts.channels.email.enabled: has no effect yet: the log has them (2 more in alerts.channels)",
        f"{FILE}:6: scheduled_tasks.nightly.schedule: has no effect yet: at its interval",
    ]


def test_defaults_of_what_has_a_name_are_defaults(project: Project) -> None:
    project.write(
        scraper_config="""
            sources: {ant: {hosts: [ant.test]}}
            scrapers: {ant_items: {source: ant, uses: a.b:C, read_timeout_seconds: 5, connect_timeout_seconds: 5}}
            """
    )
    (found,) = warnings(project)
    assert "has no effect yet: the source's holds" in found


def test_that_nobody_tells_of_a_folder_is_said(project: Project) -> None:
    text = "events: {queue_url: 'https://queue.test/1/q'}\ns3:\n  use_aws_inventory: true\n"
    project.write(reconciliation_config=text)
    assert [(each.key, each.line) for each in project.load().warnings] == [
        ("events.queue_url", 1),
        ("s3.use_aws_inventory", 3),
    ]
    assert "only of one in S3 do others tell" in warnings(project)[0]
    project.write(reconciliation_config=f"lake: s3://bucket/raw\n{text}")
    assert warnings(project) == []
