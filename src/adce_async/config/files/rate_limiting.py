"""The section `rate_limiting` of autonomous_config.yaml."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from adce_async.config.files.base import Expected, Model, misfits
from adce_async.config.files.fields import (
    BySource,
    Flag,
    Milliseconds,
    Percent,
    PositiveCount,
    Seconds,
    SecondsOrZero,
    one_of,
)
from adce_async.config.files.limits import LimitConfig

Strategy = Annotated[
    Literal["pace", "exponential"], BeforeValidator(one_of("pace", "exponential")), Expected("pace or exponential")
]
Factor = Annotated[float, Field(ge=1, le=1000), Expected("a number, 1 to 1000")]


class Backoff(Model):
    """What happens when a limit is nearly used up."""

    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = True
    """Default true: running into a limit at full speed invites a 429."""
    strategy: Strategy = "pace"
    """`pace` (default): no bursts above the threshold, and nothing slower than the even rate, so that all of the
    limit can be used. `exponential`: growing delays, as the predecessor's file promised; slower."""
    threshold_percent: Percent = 80
    """Per cent of a window's requests from which on it applies; default 80."""
    initial_delay_seconds: SecondsOrZero = 1
    """Seconds; the first delay of `exponential`; default 1."""
    max_delay_seconds: SecondsOrZero = 30
    """Seconds; the longest delay of `exponential`; default 30."""
    exponential_factor: Factor = 2
    """Each delay of `exponential` is so many times the one before; default 2."""


class Breaker(Model):
    """When a source that does not answer is left alone: one probe at a time instead of every worker's timeouts."""

    failures: PositiveCount = 5
    """Failures in a row that open it; default 5: a dropped connection or two are everyday life."""
    open_seconds: Seconds = 60
    """Seconds until the first probe; default 60. Doubles with each failed probe."""
    open_max_seconds: Seconds = 3600
    """Seconds; the longest pause between probes; default 3,600."""


class RateLimiting(Model):
    """How politely sources are asked. Limits hold in every sliding window, retries and redirects included."""

    enabled: Flag = True
    """Default true. False lifts all limits: for the simulated sources of tests only."""
    global_limits: LimitConfig | None = None
    """What all sources together may ask; default no such limit."""
    source_limits: BySource[LimitConfig] = Field(default_factory=dict)
    """What each source may be asked, by name; where scraper_config.yaml speaks too, the stricter counts.
    Default: the published limits of the known sources, 1 request a second for any other."""
    backoff: Backoff = Backoff()
    """What happens when a limit is nearly used up."""
    guard_milliseconds: Milliseconds = 20
    """Milliseconds added to each window and delay; default 20, against jitter on the way to the server."""
    cooldown_initial_seconds: Seconds = 30
    """Seconds that a source rests after a 429 or a block page without `Retry-After`; default 30. Doubles."""
    cooldown_max_seconds: Seconds = 3600
    """Seconds; the longest rest that we choose ourselves; default 3,600."""
    breaker: Breaker = Breaker()
    """When a source that does not answer is left alone."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        problems: list[tuple[tuple[str, ...], str]] = []
        for low, least, high, most in (
            (
                "cooldown_initial_seconds",
                self.cooldown_initial_seconds,
                "cooldown_max_seconds",
                self.cooldown_max_seconds,
            ),
            (
                "breaker.open_seconds",
                self.breaker.open_seconds,
                "breaker.open_max_seconds",
                self.breaker.open_max_seconds,
            ),
            (
                "backoff.initial_delay_seconds",
                self.backoff.initial_delay_seconds,
                "backoff.max_delay_seconds",
                self.backoff.max_delay_seconds,
            ),
        ):
            if least > most:
                problems.append((tuple(high.split(".")), f"got {most:g}; expected at least '{low}' ({least:g})"))
        if problems:
            raise misfits(problems)
        return self
