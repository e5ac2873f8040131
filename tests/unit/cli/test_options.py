from __future__ import annotations

from pathlib import Path

from adce_async.cli.options import FAILURE, FIX_ME, GAPS_LEFT, INTERRUPTED, Globals


def test_exit_codes_are_those_that_scripts_know() -> None:
    assert (FAILURE, FIX_ME, GAPS_LEFT, INTERRUPTED) == (1, 2, 3, 130)


def test_what_is_not_given_overrides_nothing_and_flags_come_last() -> None:
    given = Globals(Path("config"), None, None, "file:///lake", None, None, None, {"dry_run": True, "max_retries": 1})
    made = given.overrides(max_retries=5, rate_limiting__enabled=False, test_mode__enabled=None)
    assert (made.config_dir, made.inventory_dir, made.lake) == (Path("config"), None, "file:///lake")
    assert made.settings == {"dry_run": True, "max_retries": 5, "rate_limiting.enabled": False}
