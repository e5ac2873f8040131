"""Every written form of limits, and who wins where several speak."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adce_async.config.effective_limits import global_limits, limits_of
from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.limits import BUILTIN_LIMITS, LimitConfig, seconds_of
from adce_async.config.files.scraper import ScraperConfig
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
        ({"requests_per_minute": 0}, "requests_per_minute", "expected a number, greater than 0"),
        ({"requests_per_second": -1}, "requests_per_second", "expected a number, greater than 0"),
        ({"requests_per_hour": float("inf")}, "requests_per_hour", "expected a number, greater than 0"),
        ({"requests_per_hour": float("nan")}, "requests_per_hour", "expected a number, greater than 0"),
        ({"requests_per_hour": "60"}, "requests_per_hour", "expected a number, greater than 0"),
        ({"burst_size": 0, "requests_per_minute": 1}, "burst_size", "expected a whole number, greater than 0"),
        ({"burst_size": 1.5, "requests_per_minute": 1}, "burst_size", "expected a whole number, greater than 0"),
        ({"min_delay_seconds": -1}, "min_delay_seconds", "expected a number of seconds, 0 or greater"),
        ({"requests": 1, "per": "12 parsecs"}, "per", "expected a length of time greater than 0"),
        ({"requests": 1, "per": "0 seconds"}, "per", "expected a length of time greater than 0"),
        ({"requests": 1, "per": -5}, "per", "expected a length of time greater than 0"),
        ({"requests": 1, "per": ""}, "per", "expected a length of time greater than 0"),
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


SERVICE = AutonomousConfig()


def service(**limits: dict[str, Any]) -> AutonomousConfig:
    return AutonomousConfig.model_validate({"rate_limiting": {"source_limits": limits}})


def scraping(source: dict[str, Any] | None = None, *scrapers: dict[str, Any]) -> ScraperConfig:
    entry = {"source": "Ant", "uses": "a.b:C"}
    return ScraperConfig.model_validate(
        {
            "sources": {"ANT": {"rate_limit": source}} if source else {},
            "scrapers": {f"s{n}": entry | extra for n, extra in enumerate(scrapers)},
        }
    )


def test_without_a_word_from_anybody_the_built_in_limits_hold_or_one_a_second() -> None:
    resolved = limits_of("espn", SERVICE, ScraperConfig(), BUILTIN_LIMITS["espn"])
    assert resolved.limits == Limits((Window(60, 60.0), Window(3000, 3600.0)), burst=10)
    assert [where for where, _ in resolved.speakers] == ["built-in default"]
    assert limits_of("ant", SERVICE, ScraperConfig()).limits == Limits((Window(1, 1.0),), burst=1)


def test_the_built_in_limits_do_not_speak_where_somebody_does() -> None:
    resolved = limits_of("espn", service(ESPN={"requests_per_minute": 500}), ScraperConfig(), BUILTIN_LIMITS["espn"])
    assert resolved.limits == Limits((Window(500, 60.0),))
    assert [where for where, _ in resolved.speakers] == ["autonomous_config.rate_limiting.source_limits.espn"]


def test_the_strictest_of_all_speakers_wins_window_by_window() -> None:
    resolved = limits_of(
        "ANT",
        service(ant={"requests_per_minute": 20, "requests_per_hour": 100}),
        scraping(
            {"requests_per_minute": 30, "min_delay_seconds": 2},
            {"rate_limit": {"requests_per_minute": 10}},
            {"rate_limit": {"requests_per_hour": 900, "min_delay_seconds": 1}},
            {"rate_limit": {"requests_per_minute": 1}, "enabled": False},
        ),
    )
    assert resolved.limits == Limits((Window(10, 60.0), Window(100, 3600.0)), burst=1, min_delay=2.0)
    assert [where for where, _ in resolved.speakers] == [
        "autonomous_config.rate_limiting.source_limits.ant",
        "scraper_config.sources.ant.rate_limit",
        "scraper_config.scrapers.s0.rate_limit",
        "scraper_config.scrapers.s1.rate_limit",
    ]


def test_who_names_no_burst_does_not_lower_anothers() -> None:
    loud = service(ant={"requests_per_minute": 20, "burst_size": 5})
    assert limits_of("ant", loud, scraping({"requests_per_minute": 10})).limits.burst == 5
    assert limits_of("ant", loud, scraping({"requests_per_minute": 10, "burst_size": 3})).limits.burst == 3
    assert limits_of("ant", loud, scraping({"requests_per_minute": 10, "burst_size": 9})).limits.burst == 5


def test_switched_off_nothing_limits() -> None:
    off = AutonomousConfig.model_validate(
        {"rate_limiting": {"enabled": False, "global_limits": {"requests_per_minute": 1}}}
    )
    assert limits_of("espn", off, ScraperConfig(), BUILTIN_LIMITS["espn"]).limits == Limits()
    assert global_limits(off) == Limits()


def test_global_limits_exist_only_where_they_are_named() -> None:
    assert global_limits(SERVICE) == Limits()
    named = AutonomousConfig.model_validate(
        {"rate_limiting": {"global_limits": {"requests_per_minute": 100}, "guard_milliseconds": 50}}
    )
    assert global_limits(named) == Limits((Window(100, 60.0),), guard=0.05)


def test_the_guard_of_the_service_is_in_all_limits() -> None:
    wide = AutonomousConfig.model_validate({"rate_limiting": {"guard_milliseconds": 100}})
    assert limits_of("espn", wide, ScraperConfig(), BUILTIN_LIMITS["espn"]).limits.guard == 0.1


def test_the_published_limits() -> None:
    assert {name: config.model_dump(exclude_none=True) for name, config in BUILTIN_LIMITS.items()} == {
        "espn": {"requests_per_minute": 60, "requests_per_hour": 3000, "burst_size": 10},
        "nba_api": {"requests_per_minute": 30, "requests_per_hour": 1000, "burst_size": 5},
        "basketball_reference": {
            "requests_per_minute": 20, "requests_per_hour": 500, "burst_size": 3, "min_delay_seconds": 3,
        },
        "hoopr": {"requests_per_minute": 40, "requests_per_hour": 2000, "burst_size": 8},
    }  # fmt: skip


SPOKEN = st.fixed_dictionaries(
    {"requests_per_minute": st.integers(1, 100)},
    optional={
        "requests_per_hour": st.integers(1, 5000),
        "burst_size": st.integers(1, 20),
        "min_delay_seconds": st.integers(0, 10),
    },
)


@given(one=SPOKEN, two=SPOKEN, three=SPOKEN)
def test_nobody_is_ever_asked_more_than_any_speaker_allows(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    limits = limits_of("ant", service(ant=one), scraping(two, {"rate_limit": three})).limits
    allowed = {window.seconds: window.limit for window in limits.windows}
    for spoken in (one, two, three):
        own = LimitConfig.model_validate(spoken).limits()
        assert all(allowed[window.seconds] <= window.limit for window in own.windows)
        assert limits.min_delay >= own.min_delay
        assert limits.burst <= spoken.get("burst_size", limits.burst)
