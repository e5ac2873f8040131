"""The limits that hold for a source of which several have stated some: the strictest of all.

Nobody can loosen what somebody else has promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.limits import POLITE, LimitConfig
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.model.limits import Limits, strictest

StatedLimits = tuple[str, Limits]
"""(where it stands, what it allows)."""


@dataclass(frozen=True, slots=True)
class EffectiveLimits:
    """The limits of a source, and all that were stated for it."""

    limits: Limits
    stated: tuple[StatedLimits, ...]


def effective_limits(
    source: str,
    service: AutonomousConfig,
    scraping: ScraperConfig,
    builtin: LimitConfig | None = None,
    packaged: Sequence[tuple[str, LimitConfig]] = (),
) -> EffectiveLimits:
    """The limits of `source`: the strictest of all that are stated; `builtin`, if none is; else 1 a second.

    `packaged`: what the module that brings the source along says, with the name under which it is shown.

    Limits without a burst do not lower that of others. With `rate_limiting.enabled: false` nothing limits.
    """
    source = source.lower()
    guard = service.rate_limiting.guard_milliseconds / 1000.0
    written = [*_written(source, service, scraping), *packaged]
    if not written:
        written = [("built-in default", builtin or POLITE)]
    stated = tuple((where, config.limits(guard)) for where, config in written)
    if not service.rate_limiting.enabled:
        return EffectiveLimits(Limits(), stated)
    bursts = [config.burst_size for _, config in written if config.burst_size is not None]
    together = strictest(limits for _, limits in stated)
    return EffectiveLimits(replace(together, burst=min(bursts, default=1)), stated)


def _written(source: str, service: AutonomousConfig, scraping: ScraperConfig) -> list[tuple[str, LimitConfig]]:
    written: list[tuple[str, LimitConfig]] = []
    by_service = service.rate_limiting.source_limits.get(source)
    if by_service is not None:
        written.append((f"autonomous_config.rate_limiting.source_limits.{source}", by_service))
    declared = scraping.sources.get(source)
    if declared is not None and declared.rate_limit is not None:
        written.append((f"scraper_config.sources.{source}.rate_limit", declared.rate_limit))
    for name, scraper in scraping.scrapers.items():
        if scraper.enabled and scraper.source == source and scraper.rate_limit is not None:
            written.append((f"scraper_config.scrapers.{name}.rate_limit", scraper.rate_limit))
    return written


def global_limits(service: AutonomousConfig) -> Limits:
    """What all sources together may ask; no limit at all unless `rate_limiting.global_limits` names one."""
    rate = service.rate_limiting
    if not rate.enabled or rate.global_limits is None:
        return Limits()
    return rate.global_limits.limits(rate.guard_milliseconds / 1000.0)
