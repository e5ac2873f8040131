"""How commands are found and their options understood; what does their work is tested by its own name."""

from __future__ import annotations

import click
import pytest

from adce_async.cli.commands import COMMANDS, PRIORITIES, Command, execute, run
from adce_async.cli.main import cli
from adce_async.model.coverage import Priority


@pytest.mark.parametrize(
    ("given", "meant"), [("coverge", "coverage"), ("reconsile", "reconcile"), ("scraper", "scrapers")]
)
def test_a_wrong_command_is_answered_with_the_right_one(given: str, meant: str) -> None:
    with pytest.raises(click.UsageError, match=rf"No such command '{given}'.*{meant}"):
        cli.resolve_command(click.Context(cli), [given])


def test_what_is_like_nothing_is_only_said() -> None:
    with pytest.raises(click.UsageError) as caught:
        cli.resolve_command(click.Context(cli), ["xyzzy"])
    assert str(caught.value.message) == "No such command 'xyzzy'"


def test_commands_are_listed_in_their_own_order() -> None:
    listed = cli.list_commands(click.Context(cli))
    assert listed == [command.name for command in COMMANDS]
    assert listed[:3] == ["init", "run", "reconcile"]


def test_each_command_has_a_line_for_the_list() -> None:
    for command in COMMANDS:
        assert isinstance(command, click.Group | Command)
        assert command.get_short_help_str(), command.name


def parsed(command: click.Command, *words: str) -> dict[str, object]:
    return command.make_context(str(command.name), list(words)).params


def test_the_old_flags_of_run_are_numbers_above_zero() -> None:
    assert parsed(run, "--interval-hours", "0.5")["interval_hours"] == 0.5
    assert parsed(run)["max_wait"] == 120.0
    for wrong in ("0", "-1", "soon"):
        with pytest.raises(click.BadParameter):
            parsed(run, "--interval-minutes", wrong)


def test_priorities_are_those_of_the_model_in_any_case() -> None:
    assert tuple(priority.name for priority in Priority) == PRIORITIES
    assert parsed(execute, "--priority", "high")["priority"] == "HIGH"
    with pytest.raises(click.BadParameter):
        parsed(execute, "--priority", "urgent")
