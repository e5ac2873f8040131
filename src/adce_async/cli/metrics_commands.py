"""The commands around metrics, dashboards and alarms, with their options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adce_async.cli.command_kinds import Group, json_option

if TYPE_CHECKING:
    from adce_async.cli.options import Globals


@click.group(cls=Group, short_help="What metrics in CloudWatch cost; dashboards and alert rules.")
def metrics() -> None:
    """What metrics in CloudWatch cost; dashboards and alert rules."""


@metrics.command()
@json_option
@click.pass_obj
def cost(given: Globals, /, **options: Any) -> None:
    """What CloudWatch would charge for a month: metrics, requests, alarms and the dashboard. Asks nobody."""
    from adce_async.cli.metrics import cost

    cost(given, **options)


@metrics.command()
@click.option(
    "--into", "folder", type=click.Path(path_type=Path), required=True, help="The folder; made if it is not there."
)
@click.option("--force", is_flag=True, help="Replace what is there and is different.")
def dashboards(**options: Any) -> None:
    """Write dashboard and alert rules for Grafana, Prometheus and CloudWatch into a folder."""
    from adce_async.cli.metrics import dashboards

    dashboards(**options)


@metrics.command()
def document() -> None:
    """The metrics reference, in Markdown."""
    from adce_async.cli.metrics_document import markdown

    click.echo(markdown(), nl=False)


@click.group(cls=Group, short_help="Make dashboard and alarms in Amazon CloudWatch.")
def cloudwatch() -> None:
    """Dashboard and alarms in Amazon CloudWatch."""


@cloudwatch.command()
@click.option("--alarm-topic", metavar="ARN", help="Who is told of alarms (default: alerts.channels.email).")
@click.option("--name", default="adce", show_default=True, help="What the names of dashboard and alarms begin with.")
@click.option("--dry-run", is_flag=True, help="Show what would be made.")
@json_option
@click.pass_obj
def apply(given: Globals, /, **options: Any) -> None:
    """Make the dashboard and the alarms, or make them as they should be. Works as often as you like."""
    from adce_async.cli.cloudwatch import apply

    apply(given, **options)


METRICS_COMMANDS: tuple[click.Command, ...] = (metrics, cloudwatch)
"""In the order of `adce --help`."""
