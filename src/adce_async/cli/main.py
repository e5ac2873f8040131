"""The command line: what all commands share; the commands are in `commands`, the global options in `options`."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import Any

import click

from adce_async import __version__
from adce_async.cli import early_signals
from adce_async.cli.command_kinds import Group, LogLevel, interval_options
from adce_async.cli.commands import COMMANDS, run
from adce_async.cli.options import FAILURE, FIX_ME, INTERRUPTED, THREAD_NAME, Globals
from adce_async.cli.streams import open_standard_streams, without_secrets
from adce_async.config.reading.tidy import tidy_proxies
from adce_async.errors import AdceError, FixMeError
from adce_async.redaction import SECRETS


@click.group(
    cls=Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--config-dir",
    type=click.Path(path_type=Path),
    show_default="config",
    help="Folder of the configuration files.",
)
@click.option(
    "--inventory-dir",
    type=click.Path(path_type=Path),
    show_default="inventory",
    help="Folder of data_inventory.yaml and gaps.json.",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    help="Folder of the database (default: the inventory folder).",
)
@click.option("--lake", metavar="URL", help="file:///path or s3://bucket/prefix.")
@click.option("--mirror", metavar="URL", help="Send each request for https://HOST/PATH to URL/HOST/PATH.")
@click.option(
    "--log-level",
    "log_levels",
    multiple=True,
    type=LogLevel(),
    help="DEBUG, INFO, WARNING or ERROR; NAME=LEVEL for one component, as often as you like.",
)
@click.option("--log-format", type=click.Choice(["console", "json"]))
@interval_options
@click.version_option(__version__, prog_name="adce_async")
@click.pass_context
def cli(
    ctx: click.Context,
    /,
    interval_minutes: float | None,
    interval_hours: float | None,
    log_levels: tuple[tuple[str, str], ...],
    **options: Any,
) -> Any:
    """Keeps a data lake complete, by itself, day and night."""
    settings: dict[str, object] = {f"logging.levels.{name}": level for name, level in log_levels if name}
    options["log_level"] = next((level for name, level in reversed(log_levels) if not name), None)
    if interval_minutes is not None:
        settings["reconciliation_interval_minutes"] = interval_minutes
    if interval_hours is not None:
        settings["reconciliation_interval_hours"] = interval_hours
    ctx.obj = Globals(**options, settings=settings)
    if ctx.invoked_subcommand is None:
        with run.make_context("run", [], parent=ctx) as of_run:
            return run.invoke(of_run)
    return None


for _command in COMMANDS:
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: runs the command line and ends the process with its exit code."""
    early_signals.heed()  # again, for scripts that call this and not `__main__`
    open_standard_streams()
    os.umask(os.umask(0) & 0o077)  # what we make, we have to be able to read ourselves
    tidy_proxies(os.environ)
    SECRETS.learn_named(os.environ)
    with without_secrets():
        code = _main(arguments)
    if any(thread.name.startswith(THREAD_NAME) for thread in threading.enumerate()):
        # the interpreter would wait for what nobody can end (see `common.run_async`)
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _main(arguments: list[str] | None) -> int:
    try:
        code = cli.main(args=arguments, prog_name="adce", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return FIX_ME
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except FixMeError as error:
        for line in str(error).splitlines():
            click.echo(line, err=True)
        return FIX_ME
    except BrokenPipeError:
        _leave_stdout()
        return FAILURE
    except OSError as error:
        _leave_stdout()
        from adce_async.error_text import error_text

        click.echo(f"adce: {error_text(error)}", err=True)
        return FAILURE
    except AdceError as error:
        click.echo(f"adce: {error}", err=True)
        return FAILURE
    except Exception as error:  # noqa: BLE001 - a bug; Python's own traceback would say anything
        from adce_async.error_text import traceback_text

        click.echo(traceback_text(error), err=True)
        return FAILURE


def _leave_stdout() -> None:
    """Nobody reads it, or it can't be written: without this Python complains once more while it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
