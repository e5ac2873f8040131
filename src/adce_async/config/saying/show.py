"""Settings for people: every value with who set it, and who limits which source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adce_async.config.effective_limits import ResolvedLimits, global_limits
from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import changes, leaves
from adce_async.config.files.rate_limiting import RateLimiting
from adce_async.config.reading.explain import is_secret
from adce_async.config.saying.schema import schema
from adce_async.config.settings import DEFAULT, Settings
from adce_async.model.coverage import Priority
from adce_async.model.limits import Limits
from adce_async.redaction import HIDDEN, redact

__all__ = ["ShownValue", "describe_limits", "rows", "schema"]


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One value: its dotted key with the file in front, what it is, what it is by default, and who set it."""

    path: str
    value: Any
    """Ready for JSON; secrets are masked."""
    origin: str
    default: Any = None
    """None also if there is none."""
    differs: bool = False


def rows(settings: Settings) -> list[ShownValue]:
    """Every leaf value of all four files, then the paths, in their order."""
    shown: list[ShownValue] = []
    for file, model in settings.models.items():
        changed = {path: default for path, _, default in changes(model)}
        for path, value in leaves(model):
            dotted = ".".join((file, *path))
            default = _plain(dotted, changed.get(path, value))
            origin = settings.origins[dotted]
            shown.append(ShownValue(dotted, _plain(dotted, value), origin, default, path in changed))
    for name in settings.paths.__slots__:
        dotted = f"paths.{name}"
        value = getattr(settings.paths, name)
        origin = settings.origins[dotted]
        text = None if value is None else str(value)
        shown.append(ShownValue(dotted, text, origin, text if origin == DEFAULT else None, origin != DEFAULT))
    return shown


def _plain(dotted: str, value: Any) -> Any:
    if isinstance(value, Priority):
        return value.name
    if isinstance(value, tuple):
        return [_plain(dotted, item) for item in value]
    if not isinstance(value, str):
        return value
    return HIDDEN if value and is_secret(dotted) else redact(value)


def describe_limits(
    service: AutonomousConfig, resolved: Mapping[str, ResolvedLimits], obeying: Collection[str] = ()
) -> list[str]:
    """For `config check`: what all sources together may be asked, what each may, and below it everybody who spoke.

    basketball_reference: 20 per minute, 3 s between requests, burst 1
      scraper_config.sources.basketball_reference.rate_limit: 30 per minute, 3 s between requests (counts)

    `resolved`: as the limiters get them; `obeying`: sources whose robots.txt may ask for longer delays still.
    """
    lines = [f"all sources together: {_said(global_limits(service))}"]
    for source, each in sorted(resolved.items()):
        binding = _parts(each.limits)
        lines.append(f"{source}: {_said(each.limits)}")
        for where, limits in each.speakers:
            said = ", ".join(f"{part} (counts)" if part in binding else part for part in _parts(limits))
            lines.append(f"  {where}: {said}")
    return [*lines, *_besides(service.rate_limiting, obeying)]


def _besides(rules: RateLimiting, obeying: Collection[str]) -> Iterator[str]:
    """What holds beside the limits."""
    if not rules.enabled:
        yield "rate_limiting.enabled is false: nothing is limited"
        return
    yield f"each window and delay is kept {rules.guard_milliseconds:g} ms longer (rate_limiting.guard_milliseconds)"
    if rules.backoff.enabled:
        effect = {"pace": "the even rate, no bursts", "exponential": "delays that grow with each request"}
        above = f"above {rules.backoff.threshold_percent:g} % of a window"
        yield f"{above}: {effect[rules.backoff.strategy]} (rate_limiting.backoff)"
    if obeying:
        yield f"a longer Crawl-delay in a robots.txt counts: {', '.join(sorted(obeying))}"


def _said(limits: Limits) -> str:
    parts = _parts(limits)
    return ", ".join([*parts, f"burst {limits.burst}"]) if parts else "no limit"


def _parts(limits: Limits) -> list[str]:
    parts = [f"{window.limit} per {window.name}" for window in limits.windows]
    return [*parts, f"{limits.min_delay:g} s between requests"] if limits.min_delay > 0 else parts
