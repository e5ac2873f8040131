"""What the settings mean for the engine: limits, pacing, policies, in the terms of those who keep them."""

from __future__ import annotations

from adce_async.config.effective_limits import global_limits
from adce_async.config.files.resource_limits import ResourceLimits
from adce_async.config.files.scraper import ScraperEntry
from adce_async.config.settings import Settings
from adce_async.engine.collecting.attempt import AttemptPolicy
from adce_async.engine.dispatching.pool import PoolRules
from adce_async.engine.fetching.wire import SourceHttp
from adce_async.model.days import DAY, eastern_day
from adce_async.model.limits import Limits, Pacing
from adce_async.model.seasons import season_of_day
from adce_async.planning.plan import PlanRules
from adce_async.planning.retry import RetryPolicy
from adce_async.ports import Clock
from adce_async.scraping.registry import DEFAULT_USER_AGENT, Catalog, Source


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
        score=service.priority_weighting.rules(settings.inventory.expected_coverage),
    )


def plan_rules(settings: Settings, clock: Clock) -> PlanRules:
    """How gaps become tasks, today."""
    return PlanRules(
        current_season=season_of_day(eastern_day(clock.now())),
        critical_days=settings.reconciliation.critical_days,
        caps=settings.reconciliation.caps,
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
        score=settings.service.priority_weighting.rules(settings.inventory.expected_coverage),
    )
