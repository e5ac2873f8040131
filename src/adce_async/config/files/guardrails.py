"""The section `guardrails` of autonomous_config.yaml: when to go back to safety."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from adce_async.config.files.base import Expected, Model
from adce_async.config.files.fields import (
    Count,
    Flag,
    Hours,
    Minutes,
    Percent,
    PositiveCount,
    one_of,
)

SafeMode = Annotated[
    Literal["never", "on_trigger", "always"],
    BeforeValidator(one_of("never", "on_trigger", "always")),
    Expected("never, on_trigger or always"),
]


class GuardrailsConfig(Model):
    """The published triggers for a rollback: each is told, and safe mode can follow by itself."""

    enabled: Flag = True
    """Default true. False: none of the triggers is watched."""
    safe_mode: SafeMode = "never"
    """Safe mode is one task at a time, in the order of priorities, and a pass an hour. `never` (default): triggers are
    told only; `on_trigger`: it begins with one and ends after a calm time, or with `adce guardrails --restore`;
    `always`: from now on."""
    success_rate_percent: Percent = 85
    """Per cent of attempts that have to succeed; default 85; fewer than 50 attempts say nothing."""
    success_window_hours: Hours = 6
    """Hours whose attempts count; default 6."""
    slower_percent: Percent = 50
    """Per cent by which the median of three passes (or of the pace of three drains of one source) may be over that of
    the 24 before them; default 50."""
    max_throttlings_per_day: Count = 10
    """How often sources may refuse us within a day; default 10."""
    crash_starts: PositiveCount = 3
    """Starts after a crash within `crash_window_minutes` that are a crash loop; default 3."""
    crash_window_minutes: Minutes = 60
    """Minutes; default 60."""
    calm_hours: Hours = 6
    """Hours without any trigger after which safe mode ends by itself; default 6; twice as long each time that it had to
    come back within a day, eight times at most."""
