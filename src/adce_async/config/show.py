"""Settings for people: every value with who set it, and who limits which source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adce_async.config.base import leaves
from adce_async.config.explain import is_secret
from adce_async.config.layers import matches
from adce_async.config.limits import BUILTIN_LIMITS, LimitConfig
from adce_async.config.schema import schema
from adce_async.config.settings import WITHOUT_EFFECT, Settings
from adce_async.config.speakers import limits_of
from adce_async.model.coverage import Priority
from adce_async.model.limits import Limits

__all__ = ["ShownValue", "describe_limits", "rows", "schema"]


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One value: its dotted key with the file in front, what it is, and who set it."""

    path: str
    value: Any
    """Ready for JSON; secrets are masked."""
    origin: str


def rows(settings: Settings) -> list[ShownValue]:
    """Every leaf value of all four files, then the paths, in their order.

    Keys that have no effect any more are left out where nobody sets them.
    """
    shown: list[ShownValue] = []
    for file, model in settings.models.items():
        dead = [tuple(key.split(".")) for key in WITHOUT_EFFECT[file]]
        for path, value in leaves(model):
            if value is not None or not any(matches(pattern, path) for pattern in dead):
                dotted = ".".join((file, *path))
                shown.append(ShownValue(dotted, _plain(dotted, value), settings.origins[dotted]))
    for name in settings.paths.__slots__:
        dotted = f"paths.{name}"
        value = getattr(settings.paths, name)
        shown.append(ShownValue(dotted, None if value is None else str(value), settings.origins[dotted]))
    return shown


def _plain(dotted: str, value: Any) -> Any:
    if isinstance(value, Priority):
        return value.name
    if isinstance(value, tuple):
        return [_plain(dotted, item) for item in value]
    return "***" if value and isinstance(value, str) and is_secret(dotted) else value


def describe_limits(settings: Settings, builtin: Mapping[str, LimitConfig] = BUILTIN_LIMITS) -> list[str]:
    """For `config check`: the limits of each source that is named anywhere, and below them everybody who spoke.

    basketball_reference: 20 per minute, 3 s between requests, burst 1
      scraper_config.sources.basketball_reference.rate_limit: 30 per minute, 3 s between requests (counts)
    """
    names = {*settings.scraping.sources, *settings.service.rate_limiting.source_limits}
    lines: list[str] = []
    for source in sorted(names | settings.inventory.expected_coverage.keys()):
        resolved = limits_of(source, settings.service, settings.scraping, builtin.get(source))
        binding = _parts(resolved.limits)
        burst = f"burst {resolved.limits.burst}"
        lines.append(f"{source}: {', '.join([*binding, burst]) if binding else 'no limit'}")
        for where, limits in resolved.speakers:
            said = ", ".join(f"{part} (counts)" if part in binding else part for part in _parts(limits))
            lines.append(f"  {where}: {said}")
    return lines


def _parts(limits: Limits) -> list[str]:
    parts = [f"{window.limit} per {window.name}" for window in limits.windows]
    return [*parts, f"{limits.min_delay:g} s between requests"] if limits.min_delay > 0 else parts
