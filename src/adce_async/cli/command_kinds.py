"""What all commands are declared with: they import what does their work when they are called, and share options.

Nothing but click and the program's plainest modules may be imported at the top; a test holds it to that.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable
from typing import Any

import click

from adce_async.cli.numbers import FiniteRange


def import_structlog_alone() -> None:
    """Without what structlog brings along if it can: rich, for tracebacks (5 MB and 60 ms), and greenlet (2 MB)."""
    if "structlog" in sys.modules:
        return
    hidden = [name for name in ("rich", "greenlet") if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # how `import` is told that there is none
    try:
        importlib.import_module("structlog")
    finally:
        for name in hidden:
            del sys.modules[name]


class Command(click.Command):
    """One that is about to import what it needs. Flags that mean the same setting exclude each other."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given: dict[str | None, click.Parameter] = {}
        for each in self.make_parser(ctx).parse_args(list(args))[2]:
            other = given.setdefault(each.name, each)
            if other is not each:
                raise click.UsageError(f"{other.opts[0]} and {each.opts[0]} exclude each other", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        import_structlog_alone()
        # what is imported and read at first stays: no need to look through it (until `common.run_async` takes over)
        gc.disable()
        try:
            return super().invoke(ctx)
        finally:
            gc.enable()


class Group(click.Group):
    """Commands under a common name; a wrong one is answered with the right one."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The nearest one if there is none such."""
        if args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            from adce_async.config.reading.suggestions import did_you_mean

            ctx.fail(f"No such command {args[0]!r}{did_you_mean(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


class LogLevel(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """`LEVEL`, or `NAME=LEVEL`: the name ('' if there is none) and the level."""

    name = "[NAME=]LEVEL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        component, _, level = str(value).rpartition("=")
        return component.strip().lower(), str(LEVELS.convert(level.strip(), param, ctx))


def interval_options(function: Any) -> Any:
    """The old flags, which keep working with and without a command."""
    for option in (
        click.option("--interval-hours", type=FiniteRange(min=0, min_open=True), help="Hours between passes."),
        click.option("--interval-minutes", type=FiniteRange(min=0, min_open=True), help="Minutes between passes."),
    ):
        function = option(function)
    return function


json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
PRIORITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
LEVELS = click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False)
FORMATS = ("json", "html", "csv", "parquet")


def max_wait_option(text: str) -> Callable[[Any], Any]:
    """How long a run that ends by itself waits."""
    return click.option("--max-wait", type=FiniteRange(min=0), default=120.0, show_default=True, help=text)
