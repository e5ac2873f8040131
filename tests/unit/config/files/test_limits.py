"""Every written form of limits."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.limits import BUILTIN_LIMITS, LimitConfig, seconds_of
from adce_async.model.limits import Limits, Window


def windows(**written: Any) -> list[tuple[int, float]]:
    return [(w.limit, w.seconds) for w in LimitConfig.model_validate(written).limits().windows]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"requests": 1, "per": "12seconds"}, [(1, 12.0)]),
        ({"requests": 50, "per": "20seconds"}, [(50, 20.0)]),
        ({"requests": 3, "per": 7}, [(3, 7.0)]),
        ({"requests": 3, "per": 0.5}, [(3, 0.5)]),
        ({"requests": 3, "per": "minute"}, [(3, 60.0)]),
        ({"requests": 3, "per": "2 Hours"}, [(3, 7200.0)]),
        ({"requests": 3, "per": "1.5m"}, [(3, 90.0)]),
        ({"requests": 3, "per": "day"}, [(3, 86400.0)]),
        ({"requests": 3, "per": "30"}, [(3, 30.0)]),
        ({"requests_per_second": 0.5}, [(1, 2.0)]),
        ({"requests_per_second": 10}, [(10, 1.0)]),
        ({"requests_per_minute": 20}, [(20, 60.0)]),
        ({"requests_per_hour": 500}, [(500, 3600.0)]),
        ({"requests_per_day": 0.25}, [(1, 345600.0)]),
        ({"requests_per_minute": 20, "requests_per_hour": 500}, [(20, 60.0), (500, 3600.0)]),
        ({"requests_per_hour": 500, "requests_per_second": 1}, [(1, 1.0), (500, 3600.0)]),
        ({"requests": 30, "per": 60, "requests_per_minute": 20}, [(20, 60.0)]),
        ({"requests": 10, "per": 60, "requests_per_minute": 20}, [(10, 60.0)]),
        ({"min_delay_seconds": 3}, []),
    ],
)
def test_every_form_is_read(written: dict[str, Any], expected: list[tuple[int, float]]) -> None:
    assert windows(**written) == expected


def test_burst_delay_and_guard() -> None:
    limits = LimitConfig.model_validate({"requests_per_minute": 20, "burst": 3, "min_delay_seconds": 2.5}).limits(0.05)
    assert limits == Limits((Window(20, 60.0),), burst=3, min_delay=2.5, guard=0.05)
    assert LimitConfig(requests_per_minute=20).limits() == Limits((Window(20, 60.0),), burst=1, min_delay=0.0)


@pytest.mark.parametrize(
    ("written", "key", "message"),
    [
        ({"requests_per_minute": 0}, "requests_per_minute", "expected a number, greater than 0, at most 1e12"),
        ({"requests_per_second": -1}, "requests_per_second", "expected a number, greater than 0, at most 1e12"),
        ({"requests_per_hour": float("inf")}, "requests_per_hour", "expected a number, greater than 0, at most 1e12"),
        ({"requests_per_hour": float("nan")}, "requests_per_hour", "expected a number, greater than 0, at most 1e12"),
        ({"requests_per_hour": "60"}, "requests_per_hour", "expected a number, greater than 0, at most 1e12"),
        (
            {"burst_size": 0, "requests_per_minute": 1},
            "burst_size",
            "expected a whole number, greater than 0, at most 1e12",
        ),
        (
            {"burst_size": 1.5, "requests_per_minute": 1},
            "burst_size",
            "expected a whole number, greater than 0, at most 1e12",
        ),
        (
            {"min_delay_seconds": -1},
            "min_delay_seconds",
            "expected a number of seconds, 0 or greater, at most 31536000 (a year)",
        ),
        ({"requests": 1, "per": "12 parsecs"}, "per", "expected a length of time greater than 0"),
        ({"requests": 1, "per": "0 seconds"}, "per", "expected a length of time greater than 0"),
        ({"requests": 1, "per": -5}, "per", "expected a length of time greater than 0"),
        ({"requests": 1, "per": ""}, "per", "expected a length of time greater than 0"),
        ({"requests": 1, "per": "366 days"}, "per", "expected a length of time greater than 0, at most a year"),
        ({"requests": 1, "per": 1e308}, "per", "expected a length of time greater than 0, at most a year"),
        ({"requests_per_hour": 1e-300}, "", "requests_per_hour: got 1e-300; expected at least one request a year"),
        ({"requests_per_day": 0.0027}, "", "requests_per_day: got 0.0027; expected at least one request a year"),
        ({"requests_per_minute": 1e13}, "requests_per_minute", "expected a number, greater than 0, at most 1e12"),
        ({"requests": 1, "per": True}, "per", "expected a length of time greater than 0"),
        ({"requests": 1}, "", "requests: needs 'per' beside it"),
        ({"per": 5}, "", "per: needs 'requests' beside it"),
        ({"burst_size": 3}, "", "names no limit; expected at least one of requests_per_second"),
        ({"min_delay_seconds": 0}, "", "names no limit"),
        ({}, "", "names no limit"),
    ],
)
def test_what_limits_nothing_or_makes_no_sense_is_an_error(written: dict[str, Any], key: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        LimitConfig.model_validate(written)
    error = caught.value.errors()[0]
    assert (".".join(map(str, error["loc"])), error["msg"].startswith(message)) == (key, True), error["msg"]


@pytest.mark.parametrize("text", ["", " ", "x", "1 week", "-1s", "1..5s", "12 seconds ago"])
def test_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time"):
        seconds_of(text)


def test_the_published_limits() -> None:
    assert {name: config.model_dump(exclude_none=True) for name, config in BUILTIN_LIMITS.items()} == {
        "espn": {"requests_per_minute": 60, "requests_per_hour": 3000, "burst_size": 10},
        "nba_api": {"requests_per_minute": 30, "requests_per_hour": 1000, "burst_size": 5},
        "basketball_reference": {
            "requests_per_minute": 20, "requests_per_hour": 500, "burst_size": 3, "min_delay_seconds": 3,
        },
        "hoopr": {"requests_per_minute": 40, "requests_per_hour": 2000, "burst_size": 8},
    }  # fmt: skip
