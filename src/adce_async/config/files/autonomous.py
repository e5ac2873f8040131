"""autonomous_config.yaml: how the service runs.

Every key is optional. Keys of the system before this one that do nothing any more are in `retired`, not here.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from adce_async.config.files.alerts import Alerts
from adce_async.config.files.base import Expected, Model, Renamed, misfits
from adce_async.config.files.cluster import ClusterConfig
from adce_async.config.files.fields import (
    YEAR_MINUTES,
    Count,
    Days,
    Flag,
    Many,
    Minutes,
    Note,
    OneLine,
    PositiveCount,
    PriorityName,
    Seconds,
    SecondsOrZero,
    Switch,
    one_of,
)
from adce_async.config.files.guardrails import GuardrailsConfig
from adce_async.config.files.health_check import HealthCheck
from adce_async.config.files.live_games import LiveGames
from adce_async.config.files.priority_weighting import PriorityWeighting
from adce_async.config.files.rate_limiting import RateLimiting
from adce_async.config.files.resource_limits import ResourceLimits
from adce_async.config.files.schedules import Maintenance, ScheduledTasks
from adce_async.config.files.telemetry import Logging, Metrics
from adce_async.model.coverage import Priority

Dispatch = Annotated[
    Literal["weighted", "strict"], BeforeValidator(one_of("weighted", "strict")), Expected("weighted or strict")
]
PassMinutes = Annotated[
    float, Field(ge=0.01, le=YEAR_MINUTES), Expected("a number of minutes, 0.01 or greater, at most 525600 (a year)")
]
AttemptSeconds = Annotated[float, Field(ge=0.1, le=86_400), Expected("a number of seconds, 0.1 to 86400 (a day)")]
TaskLeaseSeconds = Annotated[float, Field(ge=1, le=86_400), Expected("a number of seconds, 1 to 86400 (a day)")]
Slots = Annotated[int, Field(ge=1, le=1000), Expected("a whole number from 1 to 1000")]


class TestMode(Model):
    """For trying things out: the queue is worked on, but no pass fills it."""

    __test__ = False  # a name that pytest would collect
    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = False
    """Default false. `test_mode: true` is read too."""


class TaskProcessing(Model):
    """How tasks are taken from the queue."""

    priority_order: Many[PriorityName] = tuple(Priority)
    """The order of `dispatch: strict` and `priority_weighting.enabled: false`; default CRITICAL, HIGH, MEDIUM, LOW."""
    max_tasks_per_run: PositiveCount | None = None
    """Most tasks in the queue at once; what does not fit stays a gap for a later pass; default no limit."""
    dispatch: Dispatch = "weighted"
    """`weighted` (default): by score. `strict`: no task starts before all of a higher priority are done."""

    @model_validator(mode="after")
    def _names_all(self) -> Self:
        if sorted(self.priority_order) != sorted(Priority):
            got = ", ".join(priority.name for priority in self.priority_order) or "none"
            raise misfits([(("priority_order",), f"got {got}; expected CRITICAL, HIGH, MEDIUM and LOW, each once")])
        return self


class AutonomousConfig(Model):
    """autonomous_config.yaml."""

    renamed: ClassVar[tuple[Renamed, ...]] = (
        Renamed("reconciliation_interval_hours", "reconciliation_interval_minutes", factor=60),
        Renamed("health_check_port", "health_check.port"),
        Renamed("task_processing.priority_weighting", "priority_weighting"),
        Renamed("integration.dims.enabled", "metrics.dims_integration"),
        Renamed("logging.max_size_mb", "logging.max_bytes", factor=1_048_576),
        Renamed("logging.backup_count", "logging.backups"),
    )

    enabled: Flag = True
    """Default true. False: the service starts, answers HTTP, and neither looks nor fetches."""
    test_mode: TestMode = TestMode()
    """For trying things out; default off."""
    dry_run: Switch = False
    """Default false. True: passes plan, nothing is fetched or stored. `dry_run: {enabled: true}` is read too."""

    reconciliation_interval_minutes: PassMinutes = 15
    """Minutes from one pass to the next; default 15: finals are collected before anybody asks for them.
    The old `reconciliation_interval_hours` is read too."""
    task_queue_check_seconds: Seconds = 10
    """Seconds between looks at gaps.json where file notification is not to be had; default 10."""
    min_tasks_to_trigger: Count = 1
    """Tasks that must be waiting before the service starts any; then all of them are worked off; default 1."""
    max_orchestrator_runtime_minutes: Minutes | None = None
    """Minutes after which one `execute` takes no further tasks; default no limit. The service itself has none."""
    max_concurrent_scrapers: Slots = 5
    """Tasks at once, over all sources, 1 to 1000; default 5. Limits hold whatever this says."""

    rate_limiting: RateLimiting = RateLimiting()
    """How politely sources are asked."""
    priority_weighting: PriorityWeighting = PriorityWeighting()
    """Which task comes first. The old place `task_processing.priority_weighting` is read too."""
    task_processing: TaskProcessing = TaskProcessing()
    """How tasks are taken from the queue."""

    max_retries: Count = 3
    """Tries after the first one that failed for a passing reason, until a task is parked; default 3."""
    retry_delay_seconds: SecondsOrZero = 5
    """Seconds; upper bound of the first wait (a random part of it is waited); default 5."""
    retry_max_delay_seconds: SecondsOrZero = 300
    """Seconds; upper bound of any wait between tries; default 300."""
    exponential_backoff: Flag = True
    """Default true: the bound doubles with each try."""
    task_timeout_seconds: AttemptSeconds = 300
    """Seconds for one attempt, waiting in our own queues not counted; default 300."""
    grace_seconds: SecondsOrZero = 30
    """Seconds that running tasks get at shutdown; default 30, less than the 90 that systemd waits."""
    lease_seconds: TaskLeaseSeconds = 60
    """Seconds that a running task belongs to its worker unless renewed; default 60: so long a crash delays it."""
    park_not_found_days: Days = 7
    """Days; a 404 for something due for longer parks the task, before that it is asked again; default 7."""

    cluster: ClusterConfig = ClusterConfig()
    """Several machines that share the work; default off."""
    live_games: LiveGames = LiveGames()
    """How games are watched while they are on."""

    health_check: HealthCheck = HealthCheck()
    """The HTTP server. The old `health_check_port` is read as `health_check.port`."""
    alerts: Alerts = Alerts()
    """Who is told when something breaks."""
    scheduled_tasks: ScheduledTasks = ScheduledTasks()
    """Passes at given times, besides the regular ones."""
    guardrails: GuardrailsConfig = GuardrailsConfig()
    """When to go back to safety."""
    maintenance: Maintenance = Maintenance()
    """Times at which nothing is fetched."""
    logging: Logging = Logging()
    """Level, form and file of the log. The old `max_size_mb` and `backup_count` are read too."""
    resource_limits: ResourceLimits = ResourceLimits()
    """What the service may use of the machine."""
    metrics: Metrics = Metrics()
    """Where figures go."""

    task_queue_file: OneLine | None = None
    """Path of gaps.json, relative to the current directory; default `gaps.json` in the inventory folder."""
    state_db: OneLine | None = None
    """Path of the queue and history database, relative to the current directory; default STATE_DIR/adce.db."""

    version: Note = None
    """For people; nothing reads it."""
    last_updated: Note = None
    """For people; nothing reads it."""
    metadata: Note = None
    """For people; nothing reads it."""

    @property
    def reconciliation_interval_seconds(self) -> float:
        """Seconds from one pass to the next."""
        return self.reconciliation_interval_minutes * 60.0

    @model_validator(mode="after")
    def _delays_in_order(self) -> Self:
        if self.retry_delay_seconds > self.retry_max_delay_seconds:
            got = f"got {self.retry_max_delay_seconds:g}"
            message = f"{got}; expected at least 'retry_delay_seconds' ({self.retry_delay_seconds:g})"
            raise misfits([(("retry_max_delay_seconds",), message)])
        return self
