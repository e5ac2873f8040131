"""How the written forms of limits become `model.limits.Limits`.

Read are `{requests: 1, per: "12seconds"}`, `requests_per_second`, `_minute`, `_hour`, `_day` (all may be
fractions), `burst_size` and `min_delay_seconds`, together or alone. Which of several hold: `effective_limits`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, model_validator

from adce_async.config.files.base import Expected, Model, Renamed, misfits
from adce_async.config.files.fields import Positive, PositiveCount, SecondsOrZero
from adce_async.model.limits import GUARD_SECONDS, Limits, Window

_UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
_PER = re.compile(r"\s*(\d+(?:\.\d+)?)?\s*([a-z]*?)s?\s*", re.IGNORECASE)


def seconds_of(text: str | float) -> float:
    """A length of time in seconds: a number of them, or `12seconds`, `1 minute`, `hour`. Raises ValueError.

    >>> seconds_of("12seconds"), seconds_of("1 minute"), seconds_of("hour"), seconds_of("1.5h"), seconds_of(20)
    (12.0, 60.0, 3600.0, 5400.0, 20.0)
    """
    if isinstance(text, int | float):
        return float(text)
    match = _PER.fullmatch(text)
    if match and (match[1] or match[2]):
        unit = _UNITS.get(match[2].lower() or "s")
        if unit:
            return float(match[1] or 1) * unit
    raise ValueError(f"{text!r} is no length of time")


LONGEST = 31_536_000.0
"""Seconds of the longest window: a year."""


def _is_length(value: str | float) -> str | float:
    if not 0 < seconds_of(value) <= LONGEST:
        raise ValueError("not greater than 0, or longer than a year")
    return value


Per = Annotated[
    str | float,
    AfterValidator(_is_length),
    Expected(
        "a length of time greater than 0, at most a year: a number of seconds, or text such as 12seconds, minute, 2h"
    ),
]


class LimitConfig(Model):
    """Limits as they are stated at one place. At least one limit has to be named; all that are named hold together."""

    renamed: ClassVar[tuple[Renamed, ...]] = (Renamed("burst", "burst_size"),)

    requests: Positive | None = None
    """Number of requests in any stretch of `per`; no default."""
    per: Per | None = None
    """Length of the window of `requests`: seconds, or text such as `12seconds`; no default."""
    requests_per_second: Positive | None = None
    """Requests in any 1 second; no default."""
    requests_per_minute: Positive | None = None
    """Requests in any 60 seconds; no default."""
    requests_per_hour: Positive | None = None
    """Requests in any 3,600 seconds; no default."""
    requests_per_day: Positive | None = None
    """Requests in any 86,400 seconds; no default."""
    burst_size: PositiveCount | None = None
    """Requests that may leave at once after a pause; default 1, because some servers count by the second."""
    min_delay_seconds: SecondsOrZero | None = None
    """Seconds between any two requests; no default."""

    @model_validator(mode="after")
    def _names_a_limit(self) -> Self:
        problems: list[tuple[tuple[str, ...], str]] = []
        if self.requests is not None and self.per is None:
            problems.append(
                (("requests",), "needs 'per' beside it; expected for example {requests: 1, per: 12seconds}")
            )
        if self.per is not None and self.requests is None:
            problems.append(
                (("per",), "needs 'requests' beside it; expected for example {requests: 1, per: 12seconds}")
            )
        if not problems and not self.windows and not self.min_delay_seconds:
            wanted = "requests_per_second, requests_per_minute, requests_per_hour, requests_per_day, min_delay_seconds"
            problems.append(((), f"names no limit; expected at least one of {wanted}, or requests with per"))
        for key, requests, seconds in self._named():
            if requests is not None and requests * LONGEST < seconds:
                problems.append(((key,), f"got {requests:g}; expected at least one request a year"))
        if problems:
            raise misfits(problems)
        return self

    def _named(self) -> tuple[tuple[str, float | None, float], ...]:
        """(key, requests, seconds of the window) of each; requests: None if there is no such limit."""
        return (
            ("requests", self.requests, seconds_of(self.per) if self.per is not None else 0.0),
            ("requests_per_second", self.requests_per_second, 1.0),
            ("requests_per_minute", self.requests_per_minute, 60.0),
            ("requests_per_hour", self.requests_per_hour, 3600.0),
            ("requests_per_day", self.requests_per_day, 86400.0),
        )

    @property
    def windows(self) -> tuple[Window, ...]:
        """The sliding windows that are named, as they are written."""
        return tuple(Window.of(requests, seconds) for _, requests, seconds in self._named() if requests is not None)

    def limits(self, guard_seconds: float = GUARD_SECONDS) -> Limits:
        """The same as numbers; of two windows of one length the stricter counts.

        >>> LimitConfig(requests=1, per="12seconds").limits().windows
        (Window(limit=1, seconds=12.0),)
        """
        windows: dict[float, Window] = {}
        for window in self.windows:
            known = windows.setdefault(window.seconds, window)
            windows[window.seconds] = min(known, window, key=lambda w: w.limit)
        return Limits(
            windows=tuple(windows[seconds] for seconds in sorted(windows)),
            burst=self.burst_size or 1,
            min_delay=self.min_delay_seconds or 0.0,
            guard=guard_seconds,
        )


BUILTIN_LIMITS: Mapping[str, LimitConfig] = {
    "espn": LimitConfig(requests_per_minute=60, requests_per_hour=3000, burst_size=10),
    "nba_api": LimitConfig(requests_per_minute=30, requests_per_hour=1000, burst_size=5),
    "basketball_reference": LimitConfig(
        requests_per_minute=20, requests_per_hour=500, burst_size=3, min_delay_seconds=3
    ),
    "hoopr": LimitConfig(requests_per_minute=40, requests_per_hour=2000, burst_size=8),
}
"""The published defaults, used where no file says anything about a source."""

POLITE = LimitConfig(requests_per_second=1)
"""For a source that nobody has said anything about."""
