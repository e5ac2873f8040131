"""The commands around the running service, with their options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from adce_async.cli.command_kinds import Command, Group, json_option
from adce_async.cli.numbers import FiniteRange

if TYPE_CHECKING:
    from adce_async.cli.options import Globals


@click.command(cls=Command, short_help="Is it well, is it complete, what is it doing, when will it be done.")
@json_option
@click.option("--watch", is_flag=True, help="Draw it anew until Ctrl-C.")
@click.option("--every", type=FiniteRange(min=0.5), default=2.0, show_default=True, help="With --watch: seconds.")
@click.pass_obj
def status(given: Globals, /, **options: Any) -> int:
    """Is it well, is it complete, what is it doing, when will it be done. Exit 1 if it is unhealthy or does not run."""
    from adce_async.cli.status import status

    return status(given, **options)


@click.command(cls=Command, short_help="Each part of the running service, and its last sign of life.")
@json_option
@click.pass_obj
def health(given: Globals, /, **options: Any) -> int:
    """Each part of the running service, and its last sign of life. Exit 1 if it is unhealthy or does not run."""
    from adce_async.cli.status import health

    return health(given, **options)


@click.command(cls=Command, short_help="Published triggers for a rollback that are met; safe mode, and the way back.")
@click.option("--restore", is_flag=True, help="Ask the service to leave safe mode.")
@click.option("--safe", is_flag=True, help="Ask the service to go into safe mode until it is restored.")
@json_option
@click.pass_obj
def guardrails(given: Globals, /, **options: Any) -> int:
    """Which triggers for a rollback are met, whether safe mode is on, and what became of it before."""
    from adce_async.cli.guardrails import guardrails

    return guardrails(given, **options)


@click.command(cls=Command, short_help="What is running, what comes next, and what each waits for.")
@json_option
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Tasks listed (all with --json).")
@click.pass_obj
def tasks(given: Globals, /, **options: Any) -> int:
    """What is running and what comes next, with scores and what each waits for."""
    from adce_async.cli.tasks import tasks

    return tasks(given, **options)


@click.command(cls=Command, short_help="Why is this key a gap, what was tried, what happens next.")
@click.argument("key")
@json_option
@click.pass_obj
def explain(given: Globals, /, **options: Any) -> int:
    """Why KEY is a gap, what was tried and what happens next. Exit 1 if nothing is known of it."""
    from adce_async.cli.explain import explain

    return explain(given, **options)


@click.command(cls=Command, short_help="The last lines of the service's log; --follow goes on.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written, until Ctrl-C.")
@click.option("-n", "--lines", type=click.IntRange(0), default=50, show_default=True, help="Lines to begin with.")
@click.pass_obj
def logs(given: Globals, /, **options: Any) -> int:
    """The last lines of the service's log, from its file or from systemd's journal."""
    from adce_async.cli.log_reader import logs

    return logs(given, **options)


wait_option = click.option(
    "--wait", type=FiniteRange(min=0), default=60.0, show_default=True, help="Seconds to wait until it is ready."
)


@click.command(cls=Command, short_help="Start the service in the background; waits until it is ready.")
@wait_option
@click.pass_obj
def start(given: Globals, /, **options: Any) -> int:
    """Start the service, through its unit if one is installed, and wait until it is ready or says why not."""
    from adce_async.cli.process_control import start

    return start(given, **options)


@click.command(cls=Command, short_help="Stop the service; waits until what runs has ended.")
@click.option("--now", is_flag=True, help="No grace for what runs; it is tried again later.")
@click.pass_obj
def stop(given: Globals, /, **options: Any) -> int:
    """Stop the service, through its unit if it runs by one, and wait until it has ended."""
    from adce_async.cli.process_control import stop

    return stop(given, **options)


@click.command(cls=Command, short_help="Stop and start the service.")
@wait_option
@click.pass_obj
def restart(given: Globals, /, **options: Any) -> int:
    """Check the configuration, stop the service if it runs, and start it."""
    from adce_async.cli.process_control import restart

    return restart(given, **options)


def unit_options(function: Any) -> Any:
    """Which unit."""
    for option in (
        click.option("--name", default="adce", show_default=True, help="Of the unit, for several on one machine."),
        click.option("--user", "system", flag_value=False, type=bool, help="Your own service (default unless root)."),
        click.option("--system", "system", flag_value=True, type=bool, default=None, help="The machine's service."),
        click.option("--launchd", "kind", flag_value="launchd", help="For launchd (default on macOS)."),
        click.option("--systemd", "kind", flag_value="systemd", default=None, help="For systemd (default elsewhere)."),
    ):
        function = option(function)
    return function


@click.group(cls=Group, short_help="install or uninstall: the unit for systemd or launchd.")
def service() -> None:
    """The unit for systemd or launchd, with the paths of this folder."""


@service.command()
@unit_options
@click.option(
    "--as", "run_as", metavar="USER", help="Who the machine's service runs as (default: the inventory's owner)."
)
@click.option("--output", metavar="FILE", help="Write it there and tell nobody; - for stdout.")
@click.pass_obj
def install(given: Globals, /, **options: Any) -> None:
    """Write the unit with the paths that hold here, and have it started with the machine."""
    from adce_async.cli.service import install

    install(given, **options)


@service.command()
@unit_options
@click.pass_obj
def uninstall(_given: Globals, /, **options: Any) -> None:
    """Stop the service and take its unit away. What it has stored stays."""
    from adce_async.cli.service import uninstall

    uninstall(**options)


SERVICE_COMMANDS: tuple[click.Command, ...] = (
    status, health, tasks, explain, logs, start, stop, restart, service, guardrails,
)  # fmt: skip
"""In the order of `adce --help`."""
