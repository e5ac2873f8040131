"""The section `rate_limiting`."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.rate_limiting import Backoff, Breaker, RateLimiting


def test_defaults_are_polite_and_name_no_source() -> None:
    rate = RateLimiting()
    assert (rate.enabled, rate.global_limits, rate.source_limits, rate.guard_milliseconds) == (True, None, {}, 20)
    assert (rate.cooldown_initial_seconds, rate.cooldown_max_seconds) == (30, 3600)
    assert rate.breaker == Breaker(failures=5, open_seconds=60, open_max_seconds=3600)
    assert rate.backoff == Backoff(
        enabled=True,
        strategy="pace",
        threshold_percent=80,
        initial_delay_seconds=1,
        max_delay_seconds=30,
        exponential_factor=2,
    )


def test_backoff_may_be_a_bare_flag_and_its_strategy_in_any_case() -> None:
    assert RateLimiting.model_validate({"backoff": False}).backoff.enabled is False
    assert RateLimiting.model_validate({"backoff": {"strategy": "Exponential"}}).backoff.strategy == "exponential"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"backoff": {"strategy": "panic"}}, "expected pace or exponential"),
        ({"backoff": {"threshold_percent": 0}}, "expected a number of per cent, greater than 0, at most 100"),
        ({"backoff": {"threshold_percent": 101}}, "expected a number of per cent, greater than 0, at most 100"),
        ({"backoff": {"exponential_factor": 0.5}}, "expected a number, 1 to 1000"),
        ({"breaker": {"failures": 0}}, "expected a whole number, greater than 0, at most 1e12"),
        ({"guard_milliseconds": -1}, "expected a number of milliseconds, 0 or greater, at most 86400000 (a day)"),
        (
            {"cooldown_initial_seconds": 60, "cooldown_max_seconds": 30},
            "cooldown_max_seconds: got 30; expected at least 'cooldown_initial_seconds' (60)",
        ),
        (
            {"breaker": {"open_seconds": 60, "open_max_seconds": 30}},
            "breaker.open_max_seconds: got 30; expected at least 'breaker.open_seconds' (60)",
        ),
        (
            {"backoff": {"initial_delay_seconds": 60}},
            "backoff.max_delay_seconds: got 30; expected at least 'backoff.initial_delay_seconds' (60)",
        ),
    ],
)
def test_what_makes_no_sense_is_an_error(written: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RateLimiting.model_validate(written)
    assert [error["msg"] for error in caught.value.errors()] == [problem]
