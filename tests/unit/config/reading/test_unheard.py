"""What does nothing is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project


def warnings(project: Project) -> list[str]:
    return [str(warning) for warning in project.load().warnings]


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


def test_what_is_switched_on_and_does_nothing_is_said(project: Project) -> None:
    project.write(autonomous_config="maintenance:\n  enabled: true\n  windows: []\nalerts:\n  alert_on: []\n")
    assert [(each.key, each.line) for each in project.load().warnings] == [
        ("maintenance.enabled", 2), ("alerts.alert_on", 5),
    ]  # fmt: skip
    project.write(autonomous_config="maintenance: {enabled: false}\nalerts: {enabled: false, alert_on: []}\n")
    assert warnings(project) == []
