"""Curves as SVG, drawn by the server: no library goes over the wire, and they are there without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 300.0, 60.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One line over time. `points`: (seconds since the epoch, value); `path`, `area`: for SVG, in WIDTH by HEIGHT."""

    name: str
    unit: str
    points: Sequence[tuple[float, float]]
    path: str
    last: float | None
    most: float
    least: float


def curve(name: str, unit: str, points: Sequence[tuple[float, float]], *, since: float, until: float) -> Curve:
    """`points` between `since` and `until`, oldest first; the scale begins at 0 unless all is far above it.

    >>> curve("a", "%", [(0.0, 0.0), (10.0, 100.0)], since=0.0, until=10.0).path
    'M0,60 L300,0'
    """
    inside = [(at, value) for at, value in points if since <= at <= until]
    values = [value for _, value in inside]
    most, least = max(values, default=0.0), min(values, default=0.0)
    bottom = least if least > 0.8 * most else 0.0
    span, height = max(until - since, 1e-9), max(most - bottom, 1e-9)
    drawn = [
        f"{(at - since) / span * WIDTH:.4g},{HEIGHT - (value - bottom) / height * HEIGHT:.4g}" for at, value in inside
    ]
    path = "M" + " L".join(drawn) if drawn else ""
    return Curve(name, unit, inside, path, values[-1] if values else None, most, least)
