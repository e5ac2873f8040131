"""The command line: global options, commands loaded when they are called, exit codes.

0 done and complete; 1 failure; 2 something that a person must fix first; 3 gaps left; 130 Ctrl-C.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

from adce_async import __version__
from adce_async.errors import AdceError, FixMeError

if TYPE_CHECKING:
    from adce_async.config.settings import Overrides

FAILURE, FIX_ME, GAPS_LEFT, INTERRUPTED = 1, 2, 3, 130

# command: (module:attribute, help); the module is imported when the command is called, so that --help is quick
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("adce_async.cli.run:run", "The 24/7 service (the default); --once until no gap can be filled."),
    "reconcile": ("adce_async.cli.run:reconcile", "One pass: compare, write gaps.json and the coverage report."),
    "execute": ("adce_async.cli.run:execute", "Run the queue once."),
    "plan": ("adce_async.cli.look:plan", "What would be fetched, in which order and why, and until when."),
    "coverage": ("adce_async.cli.look:coverage", "HAVE against SHOULD per source, data type and season."),
    "verify": ("adce_async.cli.verify:verify", "Judge what is stored, and hold it against each other; asks no source."),
    "parked": ("adce_async.cli.look:parked", "The dead-letter list; `parked retry KEY...` brings tasks back."),
    "scrape": ("adce_async.cli.scrape:scrape", "One key by hand: shows what `check` says, stores with --save."),
    "sources": ("adce_async.cli.known:sources", "The sources, their hosts and limits."),
    "scrapers": ("adce_async.cli.known:scrapers", "The scrapers and what they fill."),
    "config": ("adce_async.cli.configure:config", "check, show or schema: validate and explain the configuration."),
    "demo": ("adce_async.cli.demo:demo", "The whole loop, offline, against simulated sources."),
}


@dataclass
class Globals:
    """The global options as given."""

    config_dir: Path
    inventory_dir: Path
    state_dir: Path | None
    lake: str | None
    mirror: str | None
    log_level: str | None
    log_format: str | None
    settings: dict[str, object] = field(default_factory=dict)

    def overrides(self, **settings: object) -> Overrides:
        """For `config.load`; `settings`: dotted keys (with `__` for the dot) set by flags, None: not given."""
        from adce_async.config.settings import Overrides

        given = {name.replace("__", "."): value for name, value in settings.items() if value is not None}
        return Overrides(
            config_dir=self.config_dir,
            inventory_dir=self.inventory_dir,
            state_dir=self.state_dir,
            lake=self.lake,
            mirror=self.mirror,
            log_level=self.log_level,
            log_format=self.log_format,
            settings={**self.settings, **given},
        )


def _import_structlog_alone() -> None:
    """Without rich, which structlog brings along if it can, for tracebacks: 5 MB and 60 ms that no service needs."""
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # how `import` is told that there is none
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]


class LazyGroup(click.Group):
    """Commands by name, imported when they are called."""

    places: ClassVar[Mapping[str, str]] = {}
    """Command -> module:attribute."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return None
        _import_structlog_alone()
        module, _, attribute = self.places[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """(What click itself knows of an unknown command are only those that are loaded.)"""
        if args[0] not in self.places and not args[0].startswith("-") and not ctx.resilient_parsing:
            from adce_async.config.explain import did_you_mean

            ctx.fail(f"No such command {args[0]!r}{did_you_mean(args[0], self.places)}")
        return super().resolve_command(ctx, args)


class _Commands(LazyGroup):
    places: ClassVar[Mapping[str, str]] = {name: place for name, (place, _) in COMMANDS.items()}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def interval_options(function: Any) -> Any:
    """The old flags, which keep working with and without a command."""
    for option in (
        click.option("--interval-hours", type=click.FloatRange(min=0, min_open=True), help="Hours between passes."),
        click.option("--interval-minutes", type=click.FloatRange(min=0, min_open=True), help="Minutes between passes."),
    ):
        function = option(function)
    return function


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--config-dir",
    type=click.Path(path_type=Path),
    default=Path("config"),
    show_default=True,
    help="Folder of the configuration files.",
    envvar="ADCE_CONFIG_DIR",
)
@click.option(
    "--inventory-dir",
    type=click.Path(path_type=Path),
    default=Path("inventory"),
    show_default=True,
    help="Folder of data_inventory.yaml and gaps.json.",
    envvar="ADCE_INVENTORY_DIR",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    help="Folder of the database (default: the inventory folder).",
    envvar="ADCE_STATE_DIR",
)
@click.option("--lake", metavar="URL", help="file:///path or s3://bucket/prefix.", envvar="ADCE_LAKE")
@click.option(
    "--mirror", metavar="URL", help="Send each request for https://HOST/PATH to URL/HOST/PATH.", envvar="ADCE_MIRROR"
)
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
    envvar="ADCE_LOG_LEVEL",
)
@click.option("--log-format", type=click.Choice(["console", "json"]), envvar="ADCE_LOG_FORMAT")
@interval_options
@click.version_option(__version__, prog_name="adce_async")
@click.pass_context
def cli(ctx: click.Context, /, interval_minutes: float | None, interval_hours: float | None, **options: Any) -> None:
    """Keeps a data lake complete, by itself, day and night."""
    settings: dict[str, object] = {}
    if interval_minutes is not None:
        settings["reconciliation_interval_minutes"] = interval_minutes
    if interval_hours is not None:
        settings["reconciliation_interval_hours"] = interval_hours
    ctx.obj = Globals(**options, settings=settings)
    if ctx.invoked_subcommand is None:
        ctx.invoke(cli.get_command(ctx, "run"))  # type: ignore[arg-type]


def main(arguments: list[str] | None = None) -> None:
    """Entry point: runs the command line and ends the process with its exit code."""
    _open_standard_streams()
    sys.exit(_main(arguments))


def _open_standard_streams() -> None:
    """What the caller has closed (`>&-`) leads nowhere, instead of into the next file or socket that is opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115 - open as long as the process
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a character is no failure


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
        click.echo(f"adce: {error}", err=True)
        return FAILURE
    except AdceError as error:
        click.echo(f"adce: {error}", err=True)
        return FAILURE


def _leave_stdout() -> None:
    """Nobody reads it, or it can't be written: without this Python complains once more while it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
