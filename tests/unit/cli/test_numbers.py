from __future__ import annotations

import click
import pytest

from adce_async.cli.main import cli
from adce_async.cli.numbers import FiniteRange


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-inf", "1e999", "x", "-1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        FiniteRange(min=0).convert(text, None, None)


def test_each_option_that_takes_a_number_takes_no_other() -> None:
    found = [
        (name, option.name)
        for name, command in cli.commands.items()
        for option in command.params
        if isinstance(option.type, click.types.FloatParamType) and not isinstance(option.type, FiniteRange)
    ]
    assert found == []
