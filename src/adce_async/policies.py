"""What the settings mean for the engine: limits, pacing, policies, in the terms of those who keep them.

Here the way of the settings ends: `configured` makes values of them once, as soon as they are read, and who wires,
opens or runs anything gets these. A change of settings makes other rules, and `app.Parts.apply` hands them to whoever
keeps them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adce_async.config.effective_limits import global_limits
from adce_async.config.files.events import Events
from adce_async.config.files.reconciliation import S3, ReconciliationConfig
from adce_async.config.files.resource_limits import ResourceLimits
from adce_async.config.files.scraper import ScraperEntry
from adce_async.config.settings import Paths, Settings
from adce_async.engine.alerting import AlertRules
from adce_async.engine.collecting.attempt import AttemptPolicy
from adce_async.engine.dispatching.pool import PoolRules
from adce_async.engine.fetching.wire import SourceHttp
from adce_async.engine.reconciling.reconciler import Files
from adce_async.engine.reconciling.stored_index import IndexRules
from adce_async.model.aws import AwsSettings
from adce_async.model.days import DAY
from adce_async.model.limits import Limits, Pacing
from adce_async.model.score_rules import ScoreRules
from adce_async.model.seasons import season_of_day
from adce_async.planning.plan import PlanRules
from adce_async.planning.retry import RetryPolicy
from adce_async.ports import FeedRules, ReportRules
from adce_async.scraping.registry import DEFAULT_USER_AGENT, Catalog, Source
from adce_async.service_policies import ServiceRules, alert_rules, maintenance_windows, service_rules

FULL_LISTING_MINUTES = 60.0
"""Between two full listings, where changes are told."""
SPARE_CONNECTIONS = 12
"""To S3, beyond one for each scraper at work: listing, looking up, parts of large bodies, the lock."""
SAFE_PASS_SECONDS = 3600.0
"""Between passes, in safe mode."""


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """See `planning.breaker`; times in seconds."""

    failures: int = 5
    open_seconds: float = 60.0
    open_max_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class SourceRules:
    """How one source is asked. `cooldown`: seconds at first and at most; `most`: requests at once."""

    http: SourceHttp
    limits: Limits = field(default_factory=Limits)
    pacing: Pacing | None = None
    cooldown: tuple[float, float] = (30.0, 3600.0)
    breaker: BreakerRules = field(default_factory=BreakerRules)
    most: int | None = None


@dataclass(frozen=True, slots=True)
class EngineRules:
    """All that can be configured of the engine. `attempts`: of scrapers whose policy differs from `attempt`."""

    files: Files
    plan: PlanRules
    overall: Limits = field(default_factory=Limits)
    sources: Mapping[str, SourceRules] = field(default_factory=dict)
    pool: PoolRules = field(default_factory=PoolRules)
    attempt: AttemptPolicy = field(default_factory=AttemptPolicy)
    attempts: Mapping[str, AttemptPolicy] = field(default_factory=dict)
    alerts: AlertRules = field(default_factory=AlertRules)
    scrapers_http: Mapping[str, SourceHttp] = field(default_factory=dict)
    """How those scrapers are asked that have bounds of their own."""
    service: ServiceRules = field(default_factory=ServiceRules)
    mirror: str | None = None
    changes: FeedRules = field(default_factory=FeedRules)
    reports: ReportRules = field(default_factory=ReportRules)
    index: IndexRules = field(default_factory=IndexRules)
    list_price: float = 0.0
    """US dollars for one list request."""
    trend_seconds: float = 90 * DAY
    """How long the coverage of each pass is kept."""


@dataclass(frozen=True, slots=True)
class ClusterRules:
    """How the work is shared with other machines; unless it is `enabled`, with none."""

    enabled: bool = False
    dsn: str | None = None
    """Where PostgreSQL is."""
    node: str | None = None
    """Name of this machine; None: that of the host."""
    lease_seconds: float = 10.0
    connections: int = 2
    """Most connections of this machine to PostgreSQL."""


@dataclass(frozen=True, slots=True)
class ResourceRules:
    """Where everything is that lasts longer than a process, and how it is reached. It waits for a restart."""

    paths: Paths
    aws: AwsSettings = field(default_factory=AwsSettings)
    """Of a lake in S3."""
    s3_lock: bool = True
    """Whether a lake in S3 keeps a second instance out."""
    cluster: ClusterRules = field(default_factory=ClusterRules)


@dataclass(frozen=True, slots=True)
class Configured:
    """The configuration of a day, and what follows from it."""

    settings: Settings
    catalog: Catalog
    rules: EngineRules
    resources: ResourceRules


def configured(settings: Settings, catalog: Catalog, day: dt.date) -> Configured:
    """All that the settings mean on `day`."""
    return Configured(settings, catalog, engine_rules(settings, catalog, day), resource_rules(settings))


def resource_rules(settings: Settings) -> ResourceRules:
    """What is opened, and where."""
    s3, cluster, at_once = (
        settings.reconciliation.s3,
        settings.service.cluster,
        settings.service.max_concurrent_scrapers,
    )
    return ResourceRules(
        settings.paths,
        AwsSettings(
            endpoint_url=s3.endpoint_url,
            region=s3.region,
            profile=s3.profile,
            path_style=s3.path_style,
            connections=at_once + SPARE_CONNECTIONS,
        ),
        s3.lock,
        ClusterRules(cluster.enabled, cluster.dsn, cluster.node, cluster.lease_seconds, min(20, 2 + at_once)),
    )


def feed_rules(events: Events) -> FeedRules:
    """Where changes of the lake are told."""
    return FeedRules(events.queue_url or "", events.wait_seconds, events.visibility_seconds)


def report_rules(s3: S3) -> ReportRules:
    """Where inventory reports of the lake lie."""
    hours = s3.inventory_max_age_hours
    return ReportRules(s3.use_aws_inventory, s3.inventory_bucket or "", s3.inventory_prefix, hours * 3600.0)


def engine_rules(settings: Settings, catalog: Catalog, day: dt.date) -> EngineRules:
    """The settings, as the engine has to keep them on `day`."""
    overall, limits = make_limits(settings, catalog)
    service, paths = settings.service, settings.paths
    rate, breaker = service.rate_limiting, service.rate_limiting.breaker
    return EngineRules(
        files=Files(paths.gaps_file, paths.coverage_file, service.resource_limits.max_gap_file_bytes),
        plan=plan_rules(settings, day),
        overall=overall,
        sources={
            name: SourceRules(
                http=source_http(source, service.resource_limits),
                limits=limits[name],
                pacing=pacing_rules(settings),
                cooldown=(rate.cooldown_initial_seconds, rate.cooldown_max_seconds),
                breaker=BreakerRules(breaker.failures, breaker.open_seconds, breaker.open_max_seconds),
                most=source.config.max_concurrent,
            )
            for name, source in catalog.sources.items()
        },
        pool=pool_rules(settings),
        attempt=attempt_policy(settings),
        attempts={
            name: attempt_policy(settings, catalog.entries[name], catalog.sources[scraper.source])
            for name, scraper in catalog.scrapers.items()
        },
        service=service_rules(service, paths.url_file),
        alerts=alert_rules(service.alerts),
        scrapers_http={
            name: bounds
            for name, scraper in catalog.scrapers.items()
            if (
                bounds := scraper_http(
                    name, catalog.entries[name], catalog.sources[scraper.source], service.resource_limits
                )
            )
        },
        mirror=paths.mirror,
        changes=feed_rules(settings.reconciliation.events),
        reports=report_rules(settings.reconciliation.s3),
        index=index_rules(settings.reconciliation),
        list_price=settings.reconciliation.reporting.list_price_per_1000 / 1000.0,
        trend_seconds=settings.reconciliation.reporting.coverage_history_days * DAY,
    )


def index_rules(reconciliation: ReconciliationConfig) -> IndexRules:
    """When a lake in S3 is listed in full: at each pass, where nobody tells what others change in it."""
    minutes = reconciliation.s3.full_listing_minutes
    if minutes is None:
        minutes = FULL_LISTING_MINUTES if reconciliation.events.queue_url else 0.0
    return IndexRules(
        full_every=minutes * 60.0,
        report_age=report_rules(reconciliation.s3).max_age,
        most_gaps=reconciliation.task_queue.max_listed_gaps,
    )


def safe(rules: EngineRules) -> EngineRules:
    """The rollback of the runbook: one task at a time, in the order of priorities, a pass an hour at most."""
    return replace(
        rules,
        pool=replace(rules.pool, size=1, score=replace(rules.pool.score, enabled=False)),
        plan=replace(rules.plan, score=replace(rules.plan.score, enabled=False)),
        service=replace(rules.service, pass_seconds=max(SAFE_PASS_SECONDS, rules.service.pass_seconds)),
    )


def make_limits(settings: Settings, catalog: Catalog) -> tuple[Limits, dict[str, Limits]]:
    """The global limits and those of each source."""
    return global_limits(settings.service), {name: source.limits.limits for name, source in catalog.sources.items()}


def pacing_rules(settings: Settings) -> Pacing | None:
    """How sources slow down near their limits; None if they do not."""
    backoff = settings.service.rate_limiting.backoff
    if not backoff.enabled:
        return None
    return Pacing(
        strategy=backoff.strategy,
        threshold=backoff.threshold_percent / 100.0,
        initial_delay=backoff.initial_delay_seconds,
        max_delay=backoff.max_delay_seconds,
        factor=backoff.exponential_factor,
    )


def source_http(source: Source, most: ResourceLimits) -> SourceHttp:
    """How a source is asked; `most` where it has no bounds of its own."""
    config = source.config
    return SourceHttp(
        name=source.name,
        hosts=frozenset(config.hosts),
        headers=dict(config.headers),
        user_agent=config.user_agent or DEFAULT_USER_AGENT,
        connect_timeout=config.connect_timeout_seconds,
        read_timeout=config.read_timeout_seconds,
        max_response_bytes=config.max_response_bytes or most.max_response_bytes,
        max_header_bytes=config.max_header_bytes or most.max_header_bytes,
        max_headers=config.max_headers or most.max_headers,
        respect_robots=config.respect_robots,
        keepalive=config.keepalive,
    )


def scraper_http(name: str, scraper: ScraperEntry, source: Source, most: ResourceLimits) -> SourceHttp | None:
    """How one scraper is asked; None: as its source is."""
    connect, read, size = scraper.connect_timeout_seconds, scraper.read_timeout_seconds, scraper.max_response_bytes
    if connect is None and read is None and size is None:
        return None
    http = source_http(source, most)
    return replace(
        http,
        scraper=name,
        connect_timeout=http.connect_timeout if connect is None else connect,
        read_timeout=http.read_timeout if read is None else read,
        max_response_bytes=http.max_response_bytes if size is None else size,
    )


def attempt_policy(
    settings: Settings, scraper: ScraperEntry | None = None, source: Source | None = None
) -> AttemptPolicy:
    """How attempts are bounded and repeated: by the service's rules, its source's, its scraper's own."""
    service = settings.service
    config = source.config if source else None
    attempts = config.retry.max_attempts if config else None
    timeouts = (scraper.timeout_seconds if scraper else None, config.timeout_seconds if config else None)
    retry = RetryPolicy(
        max_retries=service.max_retries if attempts is None else attempts - 1,
        base_delay=service.retry_delay_seconds,
        max_delay=service.retry_max_delay_seconds,
        exponential=service.exponential_backoff,
    )
    timeout = next((seconds for seconds in timeouts if seconds is not None), service.task_timeout_seconds)
    return AttemptPolicy(timeout, retry, service.park_not_found_days * DAY)


def pool_rules(settings: Settings) -> PoolRules:
    """How wide the pool is and in which order it works."""
    service = settings.service
    return PoolRules(
        size=service.max_concurrent_scrapers,
        grace=service.grace_seconds,
        lease=service.lease_seconds,
        strict=service.task_processing.dispatch == "strict",
        score=score_rules(settings),
        windows=maintenance_windows(service.maintenance),
    )


def score_rules(settings: Settings) -> ScoreRules:
    """Which task comes first."""
    processing = settings.service.task_processing
    rules = settings.service.priority_weighting.rules(settings.inventory.expected_coverage)
    # strict: no task of a lower priority before all of a higher one, so that no weight may come in between
    plain = processing.dispatch == "strict"
    return replace(rules, enabled=rules.enabled and not plain, order=processing.priority_order)


def plan_rules(settings: Settings, day: dt.date) -> PlanRules:
    """How gaps become tasks on `day`."""
    return PlanRules(
        current_season=season_of_day(day),
        critical_days=settings.reconciliation.critical_days,
        caps=settings.reconciliation.caps,
        asked_seconds=settings.reconciliation.task_queue.task_ttl_days * DAY,
        max_tasks=min(
            (
                most
                for most in (
                    settings.service.task_processing.max_tasks_per_run,
                    settings.reconciliation.task_queue.max_tasks_per_run,
                )
                if most is not None
            ),
            default=None,
        ),
        score=score_rules(settings),
    )
