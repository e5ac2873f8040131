"""Who wins where several speak for one source: the strictest, window by window."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adce_async.config.effective_limits import effective_limits, global_limits
from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.limits import BUILTIN_LIMITS, LimitConfig
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.model.limits import Limits, Window

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
    resolved = effective_limits("espn", SERVICE, ScraperConfig(), BUILTIN_LIMITS["espn"])
    assert resolved.limits == Limits((Window(60, 60.0), Window(3000, 3600.0)), burst=10)
    assert [where for where, _ in resolved.stated] == ["built-in default"]
    assert effective_limits("ant", SERVICE, ScraperConfig()).limits == Limits((Window(1, 1.0),), burst=1)


def test_the_built_in_limits_do_not_speak_where_somebody_does() -> None:
    resolved = effective_limits(
        "espn", service(ESPN={"requests_per_minute": 500}), ScraperConfig(), BUILTIN_LIMITS["espn"]
    )
    assert resolved.limits == Limits((Window(500, 60.0),))
    assert [where for where, _ in resolved.stated] == ["autonomous_config.rate_limiting.source_limits.espn"]


def test_the_strictest_of_all_speakers_wins_window_by_window() -> None:
    resolved = effective_limits(
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
    assert [where for where, _ in resolved.stated] == [
        "autonomous_config.rate_limiting.source_limits.ant",
        "scraper_config.sources.ant.rate_limit",
        "scraper_config.scrapers.s0.rate_limit",
        "scraper_config.scrapers.s1.rate_limit",
    ]


def test_who_names_no_burst_does_not_lower_anothers() -> None:
    loud = service(ant={"requests_per_minute": 20, "burst_size": 5})
    assert effective_limits("ant", loud, scraping({"requests_per_minute": 10})).limits.burst == 5
    assert effective_limits("ant", loud, scraping({"requests_per_minute": 10, "burst_size": 3})).limits.burst == 3
    assert effective_limits("ant", loud, scraping({"requests_per_minute": 10, "burst_size": 9})).limits.burst == 5


def test_switched_off_nothing_limits() -> None:
    off = AutonomousConfig.model_validate(
        {"rate_limiting": {"enabled": False, "global_limits": {"requests_per_minute": 1}}}
    )
    assert effective_limits("espn", off, ScraperConfig(), BUILTIN_LIMITS["espn"]).limits == Limits()
    assert global_limits(off) == Limits()


def test_global_limits_exist_only_where_they_are_named() -> None:
    assert global_limits(SERVICE) == Limits()
    named = AutonomousConfig.model_validate(
        {"rate_limiting": {"global_limits": {"requests_per_minute": 100}, "guard_milliseconds": 50}}
    )
    assert global_limits(named) == Limits((Window(100, 60.0),), guard=0.05)


def test_the_guard_of_the_service_is_in_all_limits() -> None:
    wide = AutonomousConfig.model_validate({"rate_limiting": {"guard_milliseconds": 100}})
    assert effective_limits("espn", wide, ScraperConfig(), BUILTIN_LIMITS["espn"]).limits.guard == 0.1


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
    limits = effective_limits("ant", service(ant=one), scraping(two, {"rate_limit": three})).limits
    allowed = {window.seconds: window.limit for window in limits.windows}
    for spoken in (one, two, three):
        own = LimitConfig.model_validate(spoken).limits()
        assert all(allowed[window.seconds] <= window.limit for window in own.windows)
        assert limits.min_delay >= own.min_delay
        assert limits.burst <= spoken.get("burst_size", limits.burst)
