"""Exit codes: what went wrong decides, and a person's mistake is one line each."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from adce_async.cli import main
from adce_async.cli.main import _main
from adce_async.cli.options import FAILURE, FIX_ME, INTERRUPTED, Globals
from adce_async.errors import AdceError, FixMeError, StoreError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (FixMeError("a.yaml:1: limit: is no number\nb.yaml:2: hosts: none"), FIX_ME,
         "a.yaml:1: limit: is no number\nb.yaml:2: hosts: none\n"),
        (click.UsageError("no such thing"), FIX_ME, "Error: no such thing\n"),
        (click.Abort(), INTERRUPTED, ""),
        (KeyboardInterrupt(), INTERRUPTED, ""),
        (StoreError("the lake is gone"), FAILURE, "adce: the lake is gone\n"),
        (AdceError("broken"), FAILURE, "adce: broken\n"),
        (click.exceptions.Exit(3), 3, ""),
    ],
)  # fmt: skip
def test_each_kind_of_end_has_its_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(main.cli, "main", fail)
    assert _main([]) == code
    assert capsys.readouterr() == ("", said)


def test_a_bug_is_told_with_where_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("a value of the user's")

    monkeypatch.setattr(main.cli, "main", fail)
    assert _main([]) == FAILURE
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "test_main.py" in said


@pytest.mark.parametrize(("returned", "code"), [(0, 0), (3, 3), (None, 0), ("text", 0)])
def test_what_a_command_returns_is_the_exit_code_if_it_is_one(
    returned: object, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main.cli, "main", lambda **_: returned)
    assert _main([]) == code


def test_flags_become_dotted_keys_and_what_is_not_given_stays_as_it_is() -> None:
    given = Globals(Path("c"), None, None, "file:///lake", None, None, None, {"reconciliation_interval_minutes": 5.0})
    overrides = given.overrides(test_mode__enabled=True, dry_run=None, max_concurrent_scrapers=7)
    assert overrides.settings == {
        "reconciliation_interval_minutes": 5.0, "test_mode.enabled": True, "max_concurrent_scrapers": 7,
    }  # fmt: skip
    assert (overrides.config_dir, overrides.lake, overrides.mirror) == (Path("c"), "file:///lake", None)
    assert given.settings == {"reconciliation_interval_minutes": 5.0}


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main(["--version"]) == 0
    assert _main(["-h"]) == 0
    assert "Usage: adce" in capsys.readouterr().out
