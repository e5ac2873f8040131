"""What CloudWatch is told of a minute, in one request, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adce_async.model.cloudwatch import METRICS, MOST_DATA, MOST_VALUES, Datum, Prices
from adce_async.planning.distribution import SIGNS, Distribution

REQUEST_VALUES = 20_000
"""Values in a request at most: with counts, names and dimensions well below the megabyte that it may have."""
MONTH_HOURS = 730.0

Series = tuple[str, str]
"""Name, and what it is by: '' is the total."""


class Batch:
    """The figures of one minute: bounded, whatever happens in it."""

    def __init__(self, *, breakdown: bool = True) -> None:
        """`breakdown`: by dimension as well as in total."""
        self._breakdown = breakdown
        self._counts: dict[Series, float] = {name_of(name): 0.0 for name in METRICS if METRICS[name].always}
        self._values: dict[Series, Distribution] = {}
        self.dropped = 0
        """Figures that found no room: there are more than a request may hold."""

    def count(self, name: str, number: float = 1.0, by: str = "") -> None:
        """So many more of it, in total; with `by`, of that as well."""
        for series in self._series(name, by):
            if self._has_room(series):
                self._counts[series] = self._counts.get(series, 0.0) + number

    def observe(self, name: str, value: float, by: str = "") -> None:
        """It was this once, in total; with `by`, of that as well."""
        for series in self._series(name, by):
            if self._has_room(series):
                if series not in self._values:
                    self._values[series] = Distribution(MOST_VALUES)
                self._values[series].add(value)

    def gauge(self, name: str, value: float, by: str = "") -> None:
        """It is this now: of `by` alone, or in total."""
        if self._breakdown or not by:
            series = name_of(name, by)
            if self._has_room(series):
                self._counts[series] = value

    def data(self, at: float) -> list[Datum]:
        """All of it, for one request; totals first. `at`: seconds since the epoch."""
        self._rates()
        most = max(SIGNS, min(MOST_VALUES, REQUEST_VALUES // max(1, len(self._values))))
        found = [_datum(series, at, [value], [1.0]) for series, value in self._counts.items()]
        for series, distribution in self._values.items():
            distribution.shrink(most)
            values, counts = distribution.taken()
            if values:
                found.append(_datum(series, at, values, [float(count) for count in counts]))
        return sorted(found, key=lambda datum: (bool(datum.dimensions), datum.name, *datum.dimensions.values()))

    def _rates(self) -> None:
        """Success of what ended, in per cent."""
        whom = {by for name, by in self._counts if name in ("TasksCompleted", "TasksFailed")}
        for by in sorted(whom):
            good = self._counts.get(name_of("TasksCompleted", by), 0.0)
            ended = good + self._counts.get(name_of("TasksFailed", by), 0.0)
            if ended:
                self.gauge("TaskSuccessRate", 100.0 * good / ended, by)

    def _series(self, name: str, by: str) -> tuple[Series, ...]:
        total = name_of(name)
        return (total, name_of(name, by)) if by and self._breakdown else (total,)

    def _has_room(self, series: Series) -> bool:
        if series in self._counts or series in self._values or len(self._counts) + len(self._values) < MOST_DATA:
            return True
        self.dropped += 1
        return False


def name_of(name: str, by: str = "") -> Series:
    """Of a published metric. Raises KeyError if there is none such, or if it is not told by anything."""
    if by and METRICS[name].by is None:
        raise KeyError(f"{name} has no dimension")
    return METRICS[name].name, by


def _datum(series: Series, at: float, values: Sequence[float], counts: Sequence[float]) -> Datum:
    metric = METRICS[series[0]]
    dimensions = {metric.by: series[1]} if metric.by and series[1] else {}
    return Datum(metric.name, metric.unit, dimensions, at, values, counts)


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars a month, by what they are for; how many of it there are."""

    metrics: int
    requests: int
    alarms: int
    dashboards: int
    prices: Prices

    def lines(self) -> list[tuple[str, int, float, float]]:
        """(what, how many, the price of one, dollars a month)."""
        prices = self.prices
        priced = (
            ("custom metrics", self.metrics, prices.metric_month),
            ("PutMetricData requests", self.requests, prices.per_1000_requests / 1000.0),
            ("alarms", self.alarms, prices.alarm_month),
            ("dashboards", self.dashboards, prices.dashboard_month),
        )
        return [(what, count, price, count * price) for what, count, price in priced]

    @property
    def total(self) -> float:
        """Dollars a month."""
        return sum(dollars for *_, dollars in self.lines())


def series_count(members: Mapping[str, int], *, breakdown: bool) -> int:
    """Metrics that are billed at most; `members`: how many values each dimension has."""
    return sum(1 + (members.get(metric.by, 0) if metric.by and breakdown else 0) for metric in METRICS.values())


def monthly(series: int, every: float, prices: Prices, *, alarms: int, dashboards: int) -> Cost:
    """A month with a request each `every` seconds."""
    return Cost(series, round(MONTH_HOURS * 3600.0 / every), alarms, dashboards, prices)
