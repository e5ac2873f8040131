"""When the queue would be empty at the earliest, by arithmetic: what each source's limits allow, and all together.

A plan played through (`planning.forecast`) knows more and takes seconds for a large queue; this takes none, and a drain
that nothing disturbs is within two per cent of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adce_async.model.limits import Limits


@dataclass(frozen=True, slots=True)
class Load:
    """What has to be asked of one source: how many requests, by which limits, and not before how many seconds.

    `used`: requests that each of its windows holds already, by the window's seconds.
    """

    requests: int
    limits: Limits
    closed_seconds: float = 0.0
    used: Mapping[float, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outlook:
    """`seconds` until the last request may go, and what decides it: a source, or the limits over all."""

    seconds: float
    source: str | None = None
    because: str = ""


def least_seconds(load: Load) -> tuple[float, str]:
    """The least time in which all of `load` can be sent, and the limit that decides it.

    >>> from adce_async.model.limits import Window
    >>> least_seconds(Load(41, Limits((Window(20, 60.0),))))
    (120.0, '20 a minute')
    >>> least_seconds(Load(1, Limits((Window(20, 60.0),)), 0.0, {60.0: 20}))
    (60.0, '20 a minute')
    >>> least_seconds(Load(3, Limits(min_delay=3.0), closed_seconds=5.0))
    (11.0, 'one in 3 s')
    >>> least_seconds(Load(0, Limits()))
    (0.0, '')
    """
    if load.requests <= 0:
        return 0.0, ""
    waits = [((load.requests - 1) * load.limits.min_delay, f"one in {load.limits.min_delay:g} s")]
    waits += [
        ((load.requests + load.used.get(window.seconds, 0) - 1) // window.limit * window.seconds, str(window))
        for window in load.limits.windows
        if window.limit
    ]
    if load.limits.rate:
        shortest = min(load.limits.windows, key=lambda window: window.seconds)
        waits.append((max(0, load.requests - load.limits.burst) / load.limits.rate, str(shortest)))
    seconds, because = max(waits)
    if load.closed_seconds > seconds:
        because = "closed until then"
    return load.closed_seconds + seconds, because if seconds or load.closed_seconds else ""


def outlook(loads: Mapping[str, Load], overall: Limits, used: Mapping[float, int] | None = None) -> Outlook:
    """When all of `loads` (by source) would be done.

    >>> from adce_async.model.limits import Window
    >>> slow, quick = Limits((Window(20, 60.0),)), Limits((Window(60, 60.0),))
    >>> outlook({"slow": Load(100, slow), "quick": Load(100, quick)}, Limits()).source
    'slow'
    >>> outlook({"a": Load(100, quick), "b": Load(100, quick)}, Limits((Window(20, 60.0),))).source is None
    True
    """
    best = Outlook(0.0)
    for source, load in loads.items():
        seconds, because = least_seconds(load)
        if seconds > best.seconds:
            best = Outlook(seconds, source, because)
    together = Load(sum(load.requests for load in loads.values()), overall, used=used or {})
    seconds, because = least_seconds(together)
    return Outlook(seconds, None, f"{because} over all sources") if seconds > best.seconds else best
