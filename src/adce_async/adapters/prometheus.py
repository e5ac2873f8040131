"""Figures in the form that Prometheus reads. Labels are of closed sets: sources, scrapers, verdicts, priorities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from adce_async.model.figures import Family, Reading

TASK_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PASS_SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)


class PrometheusFigures:
    """What has happened, counted, and what is, read when somebody looks."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, families: Iterable[Family], read: Callable[[], Iterable[Reading]]) -> None:
        """`read()`: the values of `families`, as of now."""
        self._registry = CollectorRegistry()
        self._tasks = Counter(
            "adce_tasks", "Attempts that were settled", ("scraper", "outcome"), registry=self._registry
        )
        self._failures = Counter(
            "adce_task_failures", "Attempts that failed, by what the source answered", ("source", "error"),
            registry=self._registry,
        )  # fmt: skip
        self._task_seconds = Histogram(
            "adce_task_duration_seconds", "Seconds that an attempt took, its waits for tokens included",
            ("scraper",), buckets=TASK_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._pass_seconds = Histogram(
            "adce_cycle_duration_seconds", "Seconds that a reconciliation pass took",
            buckets=PASS_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._lag = Histogram(
            "adce_event_loop_lag_seconds", "Seconds until the event loop answered, asked each second",
            buckets=LAG_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Read(tuple(families), read))

    def task(self, scraper: str, outcome: str, seconds: float | None) -> None:
        """One attempt was settled; `seconds`: None if it never ran."""
        self._tasks.labels(scraper, outcome).inc()
        if seconds is not None:
            self._task_seconds.labels(scraper).observe(seconds)

    def failure(self, source: str, error: str) -> None:
        """One attempt failed; `error` is of a closed set."""
        self._failures.labels(source, error).inc()

    def lag(self, seconds: float) -> None:
        """The event loop has answered after so long. From any thread."""
        self._lag.observe(seconds)

    def cycle(self, seconds: float) -> None:
        """One pass is done."""
        self._pass_seconds.observe(seconds)

    def counted(self) -> Sequence[tuple[str, str, Sequence[str], str]]:
        """(name, kind, labels, what it is) of what is counted of what happens."""
        found = []
        for metric in (self._tasks, self._failures, self._task_seconds, self._pass_seconds, self._lag):
            (family,) = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found.append((name, family.type, metric._labelnames, family.documentation))  # noqa: SLF001 - said nowhere else
        return found

    def render(self) -> bytes:
        """All of it, as text."""
        return generate_latest(self._registry)


class _Read(Collector):
    """What is read when somebody looks."""

    def __init__(self, families: Sequence[Family], read: Callable[[], Iterable[Reading]]) -> None:
        self._families = families
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is there to be read yet."""
        return map(_family, self._families)

    def collect(self) -> Iterator[Metric]:
        """As of now."""
        found = {family.name: _family(family) for family in self._families}
        labels = {family.name: family.labels for family in self._families}
        for reading in self._read():
            values = [reading.labels[name] for name in labels[reading.name]]
            found[reading.name].add_metric(values, reading.value)
        return iter(found.values())


def _family(family: Family) -> GaugeMetricFamily | CounterMetricFamily:
    kind = CounterMetricFamily if family.counts else GaugeMetricFamily
    return kind(family.name, family.help, labels=list(family.labels))
