"""When to go back to safety."""

from __future__ import annotations

import pytest
from tests.unit.config.refused import error

from adce_async.config.files.guardrails import GuardrailsConfig


def test_triggers_are_told_and_nothing_else_unless_it_is_wanted() -> None:
    by_default = GuardrailsConfig()
    assert (by_default.enabled, by_default.safe_mode, by_default.max_throttlings_per_day) == (True, "never", 10)
    assert GuardrailsConfig.model_validate({"safe_mode": "On_Trigger"}).safe_mode == "on_trigger"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"safe_mode": "sometimes"}, "safe_mode: expected never, on_trigger or always"),
        (
            {"success_rate_percent": 0},
            "success_rate_percent: expected a number of per cent, greater than 0, at most 100",
        ),
        ({"crash_starts": 0}, "crash_starts: expected a whole number, greater than 0, at most 1e12"),
        ({"calm_hours": 0}, "calm_hours: expected a number of hours, 0.0001 or greater, at most 8760 (a year)"),
    ],
)
def test_what_is_no_guardrail(written: dict[str, object], problem: str) -> None:
    assert error(GuardrailsConfig, written) == problem
