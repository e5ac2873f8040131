"""Limits in words, for `config check`: what holds, and who said what of it.

Numbers are shown as they are, never rounded: what is read here is exactly what the limiters keep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from adce_async.config.effective_limits import StatedLimits
from adce_async.config.files.rate_limiting import RateLimiting
from adce_async.model.limits import Limits


def describe_limits(
    rules: RateLimiting,
    together: Limits,
    sources: Mapping[str, Limits],
    stated: Mapping[str, tuple[StatedLimits, ...]],
    obeying: Collection[str] = (),
) -> list[str]:
    """What all sources together may be asked, what each may, and below it all that were stated.

    basketball_reference: 20 per minute, 3 s between requests, burst 1
      scraper_config.sources.basketball_reference.rate_limit: 30 per minute, 3 s between requests (counts)

    `together`, `sources`: as the limiters get them; `stated`: who limits each source, and to what; `obeying`:
    sources whose robots.txt may ask for longer delays still.
    """
    lines = [f"all sources together: {_described(together)}"]
    for source, limits in sorted(sources.items()):
        binding = _parts(limits)
        lines.append(f"{source}: {_described(limits)}")
        for where, allowed in stated.get(source, ()):
            said = ", ".join(f"{part} (counts)" if part in binding else part for part in _parts(allowed))
            lines.append(f"  {where}: {said}")
    return [*lines, *_besides(rules, obeying)]


def _besides(rules: RateLimiting, obeying: Collection[str]) -> Iterator[str]:
    """What holds beside the limits."""
    if not rules.enabled:
        yield "rate_limiting.enabled is false: nothing is limited"
        return
    guard = _exact(rules.guard_milliseconds)
    yield f"each window and delay is kept {guard} ms longer (rate_limiting.guard_milliseconds)"
    if rules.backoff.enabled:
        effect = {"pace": "the even rate, no bursts", "exponential": "delays that grow with each request"}
        above = f"above {_exact(rules.backoff.threshold_percent)} % of a window"
        yield f"{above}: {effect[rules.backoff.strategy]} (rate_limiting.backoff)"
    if obeying:
        yield f"a longer Crawl-delay in a robots.txt counts: {', '.join(sorted(obeying))}"


def _described(limits: Limits) -> str:
    parts = _parts(limits)
    return ", ".join([*parts, f"burst {limits.burst}"]) if parts else "no limit"


def _parts(limits: Limits) -> list[str]:
    parts = []
    for window in limits.windows:
        name = window.name if window.name.isalpha() else f"{_exact(window.seconds)}s"
        parts.append(f"{window.limit} per {name}")
    return [*parts, f"{_exact(limits.min_delay)} s between requests"] if limits.min_delay > 0 else parts


def _exact(number: float) -> str:
    """A number that reads back as itself, whole ones without a point.

    >>> _exact(3.0), _exact(1 / 3), _exact(1234567.0)
    ('3', '0.3333333333333333', '1234567')
    """
    return repr(number).removesuffix(".0")
