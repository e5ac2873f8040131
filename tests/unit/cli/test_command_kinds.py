"""What commands are declared with."""

from __future__ import annotations

import click
import pytest

from adce_async.cli.command_kinds import LogLevel


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
