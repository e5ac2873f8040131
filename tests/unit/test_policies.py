"""What settings mean for the engine: who speaks first, and what is the default where nobody does."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from adce_async.app import builtins
from adce_async.cli.common import today
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides, Settings
from adce_async.engine.reconciling.stored_index import IndexRules
from adce_async.model.aws import AwsSettings
from adce_async.model.coverage import Priority
from adce_async.model.days import DAY, eastern_day, from_iso
from adce_async.model.limits import Window
from adce_async.policies import (
    ClusterRules,
    attempt_policy,
    configured,
    engine_rules,
    make_limits,
    pacing_rules,
    plan_rules,
    pool_rules,
    resource_rules,
    source_http,
)
from adce_async.ports import FeedRules, ReportRules
from adce_async.scraping.registry import DEFAULT_USER_AGENT, Catalog, build

TODAY = dt.date(2024, 12, 15)
ANT = {"hosts": ["ant.test"], "rate_limit": {"requests": 10, "per": "20seconds"}}
ITEMS = {"source": "ant", "url": "https://ant.test/{id}.json", "format": "json", "check": {"required": ["rows"]}}


class Folder:
    """Settings of these documents alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def configured(
        self, service: Any = None, source: Any = None, scraper: Any = None, **reconciliation: Any
    ) -> tuple[Settings, Catalog]:
        documents = {
            "autonomous_config": service or {},
            "scraper_config": {
                "sources": {"ant": ANT | (source or {})},
                "scrapers": {"ant_items": ITEMS | (scraper or {})},
            },
            "reconciliation_config": reconciliation,
        }
        for name, document in documents.items():
            (self.root / f"{name}.yaml").write_text(json.dumps(document))
        known = builtins()
        given = Overrides(
            config_dir=self.root, inventory_dir=self.root / "inventory", lake=(self.root / "lake").as_uri()
        )
        settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
        return settings, build(settings, known, today())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_limits_are_those_of_each_source_and_of_all(folder: Folder) -> None:
    settings, catalog = folder.configured({"rate_limiting": {"global_limits": {"requests_per_minute": 7}}})
    together, of_sources = make_limits(settings, catalog)
    assert Window(7, 60.0) in together.windows
    assert of_sources["ant"].windows == (Window(10, 20.0),)
    assert of_sources.keys() == catalog.sources.keys()


def test_pacing_is_a_share_of_the_limit_and_can_be_switched_off(folder: Folder) -> None:
    backoff = {"threshold_percent": 60, "initial_delay_seconds": 2, "max_delay_seconds": 9, "strategy": "exponential"}
    settings, _ = folder.configured({"rate_limiting": {"backoff": backoff}})
    pacing = pacing_rules(settings)
    assert pacing is not None
    assert (pacing.strategy, pacing.threshold, pacing.initial_delay, pacing.max_delay) == ("exponential", 0.6, 2, 9)
    assert pacing_rules(folder.configured({"rate_limiting": {"backoff": {"enabled": False}}})[0]) is None


def test_bounds_of_a_source_come_before_those_of_the_service(folder: Folder) -> None:
    settings, catalog = folder.configured(
        {"resource_limits": {"max_response_bytes": 1_000_000}}, {"user_agent": "me/1.0", "max_header_bytes": 9000}
    )
    http = source_http(catalog.sources["ant"], settings.service.resource_limits)
    assert (http.name, http.hosts, http.user_agent) == ("ant", {"ant.test"}, "me/1.0")
    assert (http.max_response_bytes, http.max_header_bytes) == (1_000_000, 9000)
    assert http.max_headers == settings.service.resource_limits.max_headers
    settings, catalog = folder.configured()
    assert source_http(catalog.sources["ant"], settings.service.resource_limits).user_agent == DEFAULT_USER_AGENT


@pytest.mark.parametrize(("scraper", "source", "timeout"), [(7, 8, 7.0), (None, 8, 8.0), (None, None, 9.0)])
def test_the_timeout_of_a_scraper_comes_before_that_of_its_source_and_of_the_service(
    folder: Folder, scraper: int | None, source: int | None, timeout: float
) -> None:
    settings, catalog = folder.configured(
        {"task_timeout_seconds": 9},
        {} if source is None else {"timeout_seconds": source},
        {} if scraper is None else {"timeout_seconds": scraper},
    )
    policy = attempt_policy(settings, catalog.entries["ant_items"], catalog.sources["ant"])
    assert policy.timeout == timeout
    assert attempt_policy(settings).timeout == 9.0


def test_attempts_of_a_source_are_its_retries_and_one(folder: Folder) -> None:
    service = {"max_retries": 5, "retry_delay_seconds": 2, "exponential_backoff": False, "park_not_found_days": 3}
    settings, catalog = folder.configured(service, {"retry": {"max_attempts": 2}})
    assert attempt_policy(settings).retry.max_retries == 5
    policy = attempt_policy(settings, None, catalog.sources["ant"])
    assert (policy.retry.max_retries, policy.retry.base_delay, policy.retry.exponential) == (1, 2, False)
    assert policy.park_not_found_after == 3 * DAY


def test_where_priorities_alone_decide_their_order_does(folder: Folder) -> None:
    processing = {"dispatch": "strict", "priority_order": ["HIGH", "CRITICAL", "LOW", "MEDIUM"]}
    settings, catalog = folder.configured({"task_processing": processing})
    rules = engine_rules(settings, catalog, TODAY)
    assert rules.pool.score.order[:2] == (Priority.HIGH, Priority.CRITICAL)
    assert rules.pool.score.enabled is False
    assert rules.plan.score == rules.pool.score


def test_a_scraper_of_its_own_bounds(folder: Folder) -> None:
    settings, catalog = folder.configured(source={"read_timeout_seconds": 5}, scraper={"max_response_bytes": 7})
    http = engine_rules(settings, catalog, TODAY).scrapers_http["ant_items"]
    assert (http.scraper, http.max_response_bytes, http.read_timeout, http.name) == ("ant_items", 7, 5, "ant")
    own = {"connect_timeout_seconds": 1, "read_timeout_seconds": 2}
    settings, catalog = folder.configured(source={"read_timeout_seconds": 5}, scraper=own)
    http = engine_rules(settings, catalog, TODAY).scrapers_http["ant_items"]
    assert (http.connect_timeout, http.read_timeout, http.max_response_bytes) == (1, 2, 67_108_864)
    assert "ant_items" not in engine_rules(*folder.configured(), TODAY).scrapers_http


def test_what_is_opened_is_where_the_settings_say_and_wide_enough_for_all_who_work(folder: Folder) -> None:
    shared = {"enabled": True, "dsn": "postgresql://db.test/x", "node": "one", "lease_seconds": 7}
    s3 = {"endpoint_url": "http://lake.test", "region": "r", "profile": "p", "path_style": True, "lock": False}
    settings, catalog = folder.configured({"max_concurrent_scrapers": 4, "cluster": shared}, s3=s3)
    given = configured(settings, catalog, TODAY)
    assert (given.settings, given.catalog, given.rules) == (settings, catalog, engine_rules(settings, catalog, TODAY))
    assert given.resources.paths == settings.paths
    assert given.resources.aws == AwsSettings("http://lake.test", "r", "p", path_style=True, connections=16)
    assert given.resources.s3_lock is False
    assert given.resources.cluster == ClusterRules(True, "postgresql://db.test/x", "one", 7, connections=6)
    wide = resource_rules(folder.configured({"max_concurrent_scrapers": 64})[0])
    assert (wide.aws.connections, wide.cluster, wide.s3_lock) == (76, ClusterRules(connections=20), True)


@pytest.mark.parametrize(("dispatch", "strict"), [("strict", True), ("weighted", False)])
def test_the_pool_is_as_wide_as_it_may_be(folder: Folder, dispatch: str, strict: bool) -> None:
    service = {"max_concurrent_scrapers": 3, "grace_seconds": 4, "lease_seconds": 50}
    settings, _ = folder.configured({**service, "task_processing": {"dispatch": dispatch}})
    rules = pool_rules(settings)
    assert (rules.size, rules.grace, rules.lease, rules.strict) == (3, 4, 50, strict)


@pytest.mark.parametrize(
    ("of_service", "of_queue", "most"), [(None, None, None), (5, None, 5), (None, 6, 6), (5, 6, 5), (7, 6, 6)]
)
def test_the_smaller_cap_on_tasks_counts(
    folder: Folder, of_service: int | None, of_queue: int | None, most: int | None
) -> None:
    service = {} if of_service is None else {"task_processing": {"max_tasks_per_run": of_service}}
    more = {} if of_queue is None else {"task_queue": {"max_tasks_per_run": of_queue}}
    settings, _ = folder.configured(service, **more)
    assert plan_rules(settings, TODAY).max_tasks == most


def test_the_season_is_that_of_the_day(folder: Folder) -> None:
    settings, _ = folder.configured()
    for at, season in (("2024-10-01T03:59:00Z", "2023-24"), ("2024-10-01T04:01:00Z", "2024-25")):
        assert plan_rules(settings, eastern_day(from_iso(at))).current_season == season


def test_the_price_of_a_list_request_is_that_of_a_thousand(folder: Folder) -> None:
    settings, catalog = folder.configured(reporting={"list_price_per_1000": 5})
    assert engine_rules(settings, catalog, TODAY).list_price == 0.005


def test_the_coverage_is_kept_for_so_many_days(folder: Folder) -> None:
    settings, catalog = folder.configured(reporting={"coverage_history_days": 5})
    assert engine_rules(settings, catalog, TODAY).trend_seconds == 5 * DAY


@pytest.mark.parametrize(
    ("events", "minutes", "seconds"), [(None, None, 0.0), ("https://queue.test/1/q", None, 3600.0), (None, 90, 5400.0)]
)
def test_a_lake_is_listed_in_each_pass_where_nobody_tells_of_changes(
    folder: Folder, events: str | None, minutes: float | None, seconds: float
) -> None:
    settings, catalog = folder.configured(
        events={"queue_url": events},
        s3={"full_listing_minutes": minutes, "inventory_max_age_hours": 2},
        task_queue={"max_listed_gaps": 7},
    )
    rules = engine_rules(settings, catalog, TODAY)
    assert rules.index == IndexRules(full_every=seconds, report_age=7200.0, most_gaps=7)


def test_where_others_tell_of_the_lake(folder: Folder) -> None:
    settings, catalog = folder.configured(
        events={"queue_url": "https://queue.test/1/q", "wait_seconds": 5, "visibility_seconds": 60},
        s3={
            "use_aws_inventory": True,
            "inventory_bucket": "reports",
            "inventory_prefix": "x/",
            "inventory_max_age_hours": 2,
        },
    )
    rules = engine_rules(settings, catalog, TODAY)
    assert rules.changes == FeedRules("https://queue.test/1/q", wait=5, visibility=60)
    assert rules.reports == ReportRules(enabled=True, bucket="reports", prefix="x", max_age=7200.0)
    settings, catalog = folder.configured()
    rules = engine_rules(settings, catalog, TODAY)
    assert (rules.changes, rules.reports) == (FeedRules(), ReportRules())
