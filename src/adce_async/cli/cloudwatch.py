"""cloudwatch apply: the dashboard and the alarms of the shipped template, made without a stack."""

from __future__ import annotations

import click

from adce_async.cli import render
from adce_async.cli.common import load_all, run_async
from adce_async.cli.metrics import template
from adce_async.cli.options import Globals
from adce_async.errors import FixMeError
from adce_async.model.cloudwatch import CloudWatchRules
from adce_async.planning.cloud_template import ALARM, DASHBOARD, Resource, resolve
from adce_async.resources import cloudwatch_setup
from adce_async.service_policies import cloudwatch_rules


def apply(given: Globals, *, alarm_topic: str | None, name: str, dry_run: bool, as_json: bool) -> None:
    """Make them. Raises FixMeError."""
    service = load_all(given).settings.service
    rules = cloudwatch_rules(service.metrics.cloudwatch)
    email = service.alerts.channels.email
    topic = alarm_topic if alarm_topic is not None else (email.sns_topic_arn if email.enabled else "")
    if topic and not topic.startswith("arn:"):
        raise FixMeError(f"--alarm-topic: got '{topic}'; expected the ARN of an SNS topic (arn:aws:sns:...)")
    parameters = {"Namespace": rules.namespace, "AlarmTopic": topic, "Name": name}
    if dry_run:
        made, notes = resolve(template(), {**parameters, "AWS::Region": rules.region or "-"}), list[str]()
    else:
        made, notes = run_async(_made(rules, parameters))
    if as_json:
        document = {"dry_run": dry_run, "alarms": _names(made, ALARM), "dashboards": _names(made, DASHBOARD)}
        render.show_json({**document, "topic": topic or None, "namespace": rules.namespace, "notes": notes})
        return
    for each in made:
        click.echo(f"{'would set' if dry_run else 'set'} {each.type.rsplit(':', 1)[-1].lower()} {each.name}")
    for note in notes:
        click.echo(f"CloudWatch says of the dashboard: {note}")
    render.text(f"Alarms go to {topic}." if topic else "Alarms tell nobody: name a topic with --alarm-topic ARN.")
    if not rules.enabled:
        render.text("metrics.cloudwatch.enabled is off: there is nothing to be seen until it is on.")


async def _made(rules: CloudWatchRules, parameters: dict[str, str]) -> tuple[list[Resource], list[str]]:
    notes: list[str] = []
    async with cloudwatch_setup(rules) as cloudwatch:
        resources = resolve(template(), {**parameters, "AWS::Region": cloudwatch.region})
        for each in resources:
            if each.type == DASHBOARD:
                notes += await cloudwatch.put_dashboard(each.properties)
            else:
                await cloudwatch.put_alarm(each.properties)
    return resources, notes


def _names(made: list[Resource], kind: str) -> list[str]:
    return [each.name for each in made if each.type == kind]
