"""What commands are declared with."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from adce_async.cli.command_kinds import Command, LogLevel


@pytest.mark.parametrize(
    ("given", "meant"),
    [("debug", ("", "DEBUG")), ("Survey=debug", ("survey", "DEBUG")), (" pool = Warning ", ("pool", "WARNING"))],
)
def test_a_level_is_of_all_or_of_one_component(given: str, meant: tuple[str, str]) -> None:
    assert LogLevel().convert(given, None, None) == meant


@pytest.mark.parametrize("given", ["loud", "survey=", "survey=loud", ""])
def test_any_other_level_is_refused(given: str) -> None:
    with pytest.raises(click.BadParameter, match="is not one of"):
        LogLevel().convert(given, None, None)


def test_flags_that_mean_the_same_setting_exclude_each_other() -> None:
    @click.command(cls=Command)
    @click.option("--red", "color", flag_value="red")
    @click.option("--green", "color", flag_value="green")
    def paint(color: str | None) -> None:
        click.echo(color or "grey")

    assert CliRunner().invoke(paint, ["--green", "--green"]).output == "green\n"
    assert CliRunner().invoke(paint).output == "grey\n"
    refused = CliRunner().invoke(paint, ["--green", "--red"])
    assert (refused.exit_code, "--green and --red exclude each other" in refused.output) == (2, True)
