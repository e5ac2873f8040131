"""What Amazon CloudWatch is told: the published metrics, each in sets of dimensions that are closed, and one datum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

MOST_VALUES = 150
"""Different values of one metric in a request at most, as its API's reference says (PutMetricData, `Values`)."""
MOST_DATA = 1000
"""Metrics in a request at most, by the same reference."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One name. `by`: the dimension that it is told by as well, besides the total; None: the total alone."""

    name: str
    unit: str
    help: str
    by: str | None = None
    always: bool = False
    """Told each minute, also where nothing happened: 0."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One metric of one minute; `at`: seconds since the epoch. `counts`: how often each of `values` was."""

    name: str
    unit: str
    dimensions: Mapping[str, str]
    at: float
    values: Sequence[float]
    counts: Sequence[float]


class FigureSink(Protocol):
    """A service that is told figures minute by minute."""

    async def send(self, data: Sequence[Datum]) -> None:
        """Tell it, in one request that is sent once. Raises PublishError."""
        ...

    async def close(self) -> None:
        """Let go of what it holds; it may be used again."""
        ...


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars; `as_of`: when and where they were so."""

    metric_month: float = 0.30
    per_1000_requests: float = 0.01
    alarm_month: float = 0.10
    dashboard_month: float = 3.00
    as_of: str = "2025, us-east-1"


@dataclass(frozen=True, slots=True)
class CloudWatchRules:
    """Whether and where figures are told; `every`: seconds between two requests, a minute at least.

    `breakdown`: by scraper, source, priority and kind as well as in total.
    """

    enabled: bool = False
    namespace: str = "ADCE/Orchestrator"
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    every: float = 60.0
    breakdown: bool = True
    prices: Prices = field(default_factory=Prices)


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("TaskDuration", "Seconds", "What an attempt took, its waits for tokens included", "Scraper"),
        Metric("TaskCount", "Count", "Attempts that were settled", "Scraper", always=True),
        Metric("TasksCompleted", "Count", "Tasks that were stored, or found unchanged", "Scraper", always=True),
        Metric("TasksFailed", "Count", "Attempts that failed: tried again later, or given up", "Scraper", always=True),
        Metric("TaskSuccessRate", "Percent", "Completed of completed and failed; none where nothing ended", "Scraper"),
        Metric("OrchestratorDuration", "Seconds", "From the first task that began until the queue had run dry"),
        Metric("RateLimitUtilization", "Percent", "Used of the fullest window of a limit; in total: of all", "Source"),
        Metric("ThrottledRequests", "Count", "Refusals such as 429", "Source", always=True),
        Metric("QueueDepth", "Count", "Tasks that wait", "Priority", always=True),
        Metric("TasksRunning", "Count", "Requests that are being served", always=True),
        Metric("TasksParked", "Count", "Tasks on the dead-letter list as of the last pass"),
        Metric("ServiceHealthy", "None", "1 healthy, 0.5 degraded, 0 unhealthy"),
        Metric("UnhealthyComponents", "Count", "Loops that broke their promise, and troubles"),
        Metric("ResidentMemory", "Bytes", "Memory of the process"),
        Metric("Coverage", "Percent", "Objects that are there, of those that should be", "Source"),
        Metric("ReconciliationDuration", "Seconds", "What a pass took"),
        Metric("ReconciliationCycles", "Count", "Passes that are done", always=True),
        Metric("ReconciliationGaps", "Count", "Gaps as of the last pass", "Kind"),
        Metric("ReconciliationCriticalGaps", "Count", "Those of them that are CRITICAL"),
        Metric("ReconciliationTasks", "Count", "Tasks that the last pass made of them"),
        Metric("ReconciliationObjectsListed", "Count", "Objects that a pass listed"),
        Metric("ReconciliationListOperations", "Count", "List requests of a pass that a cloud charges for"),
        Metric("ReconciliationDrift", "Count", "Objects that were otherwise than remembered, by a full listing"),
    )
}
"""By name. Those of tasks, orchestrator and limits are the published ones."""
