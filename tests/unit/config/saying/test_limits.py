"""What `config check` says of limits is what the limiters keep, to the last digit, and never more."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adce_async.app import make_limiters
from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.limits import LimitConfig
from adce_async.config.files.reconciliation import ReconciliationConfig
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.config.files.source import SourceConfig
from adce_async.config.saying.limits import describe_limits
from adce_async.config.settings import Paths, Settings
from adce_async.model.limits import Limits, Window
from adce_async.policies import engine_rules, make_limits
from adce_async.resources import GLOBAL
from adce_async.scraping.registry import Builtins, Catalog, build
from adce_async.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project

TODAY = dt.date(2026, 11, 1)


class NoJournal:
    """Nothing was asked before."""

    def load(self, source: str) -> Iterable[float]:
        return ()

    def record(self, source: str, at_wall: float, *also: str) -> None:
        raise AssertionError("nothing is asked")


def described_as_checked(settings: Settings, catalog: Catalog, obeying: Collection[str] = ()) -> list[str]:
    """As the command puts it together."""
    stated = {name: source.limits.stated for name, source in catalog.sources.items()}
    return describe_limits(settings.service.rate_limiting, *make_limits(settings, catalog), stated, obeying)


def described(settings: Settings, packaged: LimitConfig | None = None) -> list[str]:
    brought = {"ant": SourceConfig(hosts=("ant.test",), rate_limit=packaged)} if packaged else {}
    return described_as_checked(settings, build(settings, Builtins(brought), TODAY), obeying=["ant"])


def test_who_speaks_for_a_source_and_who_counts(project: Project) -> None:
    project.write(
        autonomous_config="rate_limiting: {source_limits: {ant: {requests_per_minute: 20, burst_size: 5}}}\n",
        scraper_config="""
            sources:
              ant:
                hosts: [ant.test]
                rate_limit: {requests_per_minute: 30, requests_per_hour: 100, min_delay_seconds: 2}
              bee: {hosts: [bee.test]}
            scrapers: {ant_items: {source: ant, url: "https://ant.test/{id}", check: {required: [id]}}}
            """,
    )
    assert described(project.load())[:6] == [
        "all sources together: no limit",
        "ant: 20 per minute, 100 per hour, 2 s between requests, burst 5",
        "  autonomous_config.rate_limiting.source_limits.ant: 20 per minute (counts)",
        "  scraper_config.sources.ant.rate_limit: 30 per minute, 100 per hour (counts), 2 s between requests (counts)",
        "bee: 1 per second, burst 1",
        "  built-in default: 1 per second (counts)",
    ]
    switched_off = described(project.load(settings={"rate_limiting.enabled": False}))
    assert switched_off[1] == "ant: no limit"
    assert switched_off[-1] == "rate_limiting.enabled is false: nothing is limited"


def test_nothing_is_shown_laxer_than_it_holds(project: Project) -> None:
    project.write(
        autonomous_config="""
            rate_limiting:
              global_limits: {requests_per_minute: 10, burst_size: 2}
              source_limits: {ant: {requests_per_minute: 20}}
              guard_milliseconds: 50
              backoff: {threshold_percent: 60}
            """,
        scraper_config="""
            sources: {ant: {hosts: [ant.test]}}
            scrapers: {ant_items: {source: ant, url: "https://ant.test/{id}", check: {required: [id]}}}
            """,
    )
    lines = described(project.load(), packaged=LimitConfig(requests_per_minute=6, min_delay_seconds=1))
    assert lines == [
        "all sources together: 10 per minute, burst 2",
        "ant: 6 per minute, 1 s between requests, burst 1",
        "  autonomous_config.rate_limiting.source_limits.ant: 20 per minute",
        "  source ant of its package: 6 per minute (counts), 1 s between requests (counts)",
        "each window and delay is kept 50 ms longer (rate_limiting.guard_milliseconds)",
        "above 60 % of a window: the even rate, no bursts (rate_limiting.backoff)",
        "a longer Crawl-delay in a robots.txt counts: ant",
    ]


SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
RATE = st.one_of(st.integers(1, 5000), st.floats(0.5, 5000, allow_nan=False))
LIMIT = st.dictionaries(
    st.sampled_from(["requests_per_second", "requests_per_minute", "requests_per_hour", "requests_per_day"]),
    RATE, min_size=1,
).flatmap(
    lambda rates: st.fixed_dictionaries(
        {key: st.just(rate) for key, rate in rates.items()},
        optional={"burst_size": st.integers(1, 50), "min_delay_seconds": st.floats(0, 1e7)},
    )
)  # fmt: skip
PER = st.builds(lambda requests, per: {"requests": requests, "per": per}, RATE, st.floats(0.001, 1e7))
SPOKEN = st.none() | LIMIT | PER


def configuration(service: dict[str, Any], scraping: dict[str, Any]) -> Settings:
    nowhere = Path("nowhere")
    paths = Paths(nowhere, nowhere, nowhere, nowhere, nowhere, nowhere, nowhere, "file:///nowhere", None)
    return Settings(
        AutonomousConfig.model_validate({"rate_limiting": service}),
        ScraperConfig.model_validate(scraping),
        ReconciliationConfig(), InventoryConfig(), paths, {}, (), (),
    )  # fmt: skip


def read_back(line: str) -> tuple[str, Limits]:
    """(whose limits, what a line of the description says of them)."""
    name, _, said = line.partition(": ")
    windows = tuple(
        Window(int(limit), SECONDS[per] if per in SECONDS else float(per.removesuffix("s")))
        for limit, per in re.findall(r"(\d+) per ([^ ,]+)", said)
    )
    delay = re.search(r"([^ ]+) s between requests", said)
    burst = re.search(r"burst (\d+)", said)
    return name, Limits(windows, int(burst[1]) if burst else 1, float(delay[1]) if delay else 0.0)


@settings(max_examples=60, deadline=None)
@given(
    together=SPOKEN, by_service=SPOKEN, by_source=SPOKEN, by_scraper=SPOKEN, packaged=SPOKEN,
    guard=st.floats(0, 1000), enabled=st.sampled_from([True, True, True, False]),
)  # fmt: skip
async def test_what_is_said_of_any_configuration_is_what_the_limiters_keep(
    together: Any, by_service: Any, by_source: Any, by_scraper: Any, packaged: Any, guard: float, enabled: bool
) -> None:
    entry = {"source": "ant", "url": "https://ant.test/{id}", "check": {"required": ["id"]}, "rate_limit": by_scraper}
    configured = configuration(
        {
            "enabled": enabled, "guard_milliseconds": guard, "global_limits": together,
            "source_limits": {"Ant": by_service} if by_service else {},
        },
        {"sources": {"ANT": {"hosts": ["ant.test"], "rate_limit": by_source}}, "scrapers": {"ant_items": entry}},
    )  # fmt: skip
    brought = {"ant": SourceConfig.model_validate({"hosts": ["ant.test"], "rate_limit": packaged})}
    catalog = build(configured, Builtins(brought), TODAY)
    rules = engine_rules(configured, catalog, TODAY)
    overall, new_limiter = make_limiters(rules.overall, FakeClock(), NoJournal())
    limiters = {name: new_limiter(name, source) for name, source in rules.sources.items()}
    lines = described_as_checked(configured, catalog)
    said = dict(read_back(line) for line in lines if not line.startswith((" ", "each ", "above ", "rate_limiting")))
    kept = {"all sources together": overall.limits, "ant": limiters["ant"].limits}
    assert GLOBAL not in said
    assert said.keys() == kept.keys()
    for name, limits in kept.items():
        assert (said[name].windows, said[name].min_delay) == (limits.windows, limits.min_delay)
        assert said[name].burst == limits.burst or not (limits.windows or limits.min_delay)
        assert limits.guard == (guard / 1000 if limits.windows or limits.min_delay else limits.guard)
    for spoken in (by_service, by_source, by_scraper, packaged) if enabled else ():
        if spoken:
            own = LimitConfig.model_validate(spoken).limits()
            allowed = {window.seconds: window.limit for window in said["ant"].windows}
            assert all(allowed[window.seconds] <= window.limit for window in own.windows)
            assert said["ant"].min_delay >= own.min_delay
            assert said["ant"].burst <= spoken.get("burst_size", said["ant"].burst)
