"""Sections of autonomous_config.yaml about the service as something that runs: logs, alerts, clocks, figures."""

from __future__ import annotations

import re
import zoneinfo
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from adce_async.config.files.base import (
    Bytes,
    Expected,
    Flag,
    HeaderBytes,
    Hours,
    Many,
    Minutes,
    Model,
    OneLine,
    Port,
    PositiveCount,
    Seconds,
    Share,
    Switch,
    Text,
    misfits,
    one_of,
)

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CRON_PART = r"(\*|\?|[A-Za-z0-9]+(-[A-Za-z0-9]+)?)(/\d+)?"
_CRON = re.compile(rf"\s*({_CRON_PART}(,{_CRON_PART})*)(\s+{_CRON_PART}(,{_CRON_PART})*){{4}}\s*")
_MACROS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")


def _is_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:  # OSError: the name of a folder of the database
        raise ValueError(str(error)) from None
    return value


def _is_cron(value: str) -> str:
    if value not in _MACROS and not _CRON.fullmatch(value):
        raise ValueError("no cron expression")
    return value


def _is_time(value: str) -> str:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", value)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError("no time of day")
    return f"{int(match[1]):02d}:{match[2]}"


def _level(value: Any) -> Any:
    known = {"WARN": "WARNING"} | {level: level for level in _LEVELS}
    return known.get(value.upper(), value) if isinstance(value, str) else value


Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(_level),
    Expected("DEBUG, INFO, WARNING, ERROR or CRITICAL"),
]
LogFormat = Annotated[
    Literal["console", "json"],
    BeforeValidator(one_of("console", "json")),
    Expected("console or json"),
]
Zone = Annotated[str, AfterValidator(_is_zone), Expected("a time zone such as America/New_York or UTC")]
Cron = Annotated[
    str,
    AfterValidator(_is_cron),
    Expected('a cron expression of five fields (minute hour day month weekday), such as "0 2 * * *"'),
]
TimeOfDay = Annotated[str, AfterValidator(_is_time), Expected('a time of day such as "02:00"')]
Weekday = Annotated[
    Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    BeforeValidator(one_of(*_DAYS)),
    Expected("a day of the week, Monday to Sunday"),
]
NoSpace = Annotated[str, Field(pattern=r"^[^\s]*$"), Expected("text without spaces")]


class AlertThresholds(Model):
    """When something is wrong enough to tell people."""

    reconciliation_daemon_down_minutes: Minutes = 5
    """Minutes without a sign of life of the reconciler beyond its interval; default 5."""
    orchestrator_timeout_minutes: Minutes = 60
    """Minutes that one reconciliation pass may take; default 60."""
    task_queue_stale_hours: Hours = 24
    """Hours in which tasks wait and none is finished; default 24."""
    error_rate_threshold: Share = 0.1
    """Share, from 0 to 1, of attempts that fail; default 0.1."""


class HealthCheck(Model):
    """The HTTP server: health, figures, dashboard."""

    enabled: Flag = True
    """Default true. False: no HTTP server, and `status`, `health`, `stop` of the command line have nobody to ask."""
    host: OneLine = "127.0.0.1"
    """Address to listen on; default 127.0.0.1: the pages name every file of the lake."""
    port: Port = 8080
    """TCP port; default 8080; 0 takes any free one (the log says which)."""
    check_interval_seconds: Seconds = 5
    """Seconds between looks at the components' signs of life and the sources' troubles; default 5."""
    alert_thresholds: AlertThresholds = AlertThresholds()
    """When something is wrong enough to tell people."""


class Logging(Model):
    """Logs go to stderr, where systemd, launchd and containers collect and rotate them."""

    level: Level = "INFO"
    """The least level that is logged; default INFO."""
    format: LogFormat = "console"
    """`console` (default) for people, `json` for collectors."""


class EmailAlerts(Model):
    """Mail through an SNS topic."""

    enabled: Flag = False
    """Default false: it needs a topic, AWS credentials and the extra `aws`."""
    sns_topic_arn: NoSpace = ""
    """ARN of the topic; no default."""
    subject_prefix: Text = "[ADCE Alert]"
    """Begins each subject; default `[ADCE Alert]`."""

    @model_validator(mode="after")
    def _has_topic(self) -> Self:
        if self.enabled and not self.sns_topic_arn.startswith("arn:"):
            message = f"got '{self.sns_topic_arn}'; expected the ARN of an SNS topic, since 'enabled' is true"
            raise misfits([(("sns_topic_arn",), message)])
        return self


class SlackAlerts(Model):
    """Messages through a webhook that takes `{"text": ...}`: Slack, Mattermost and others."""

    enabled: Flag = False
    """Default false: it needs a webhook."""
    webhook_url: NoSpace = ""
    """URL of the webhook; a secret: better given as ADCE_ALERTS__CHANNELS__SLACK__WEBHOOK_URL; no default."""
    channel: Text = ""
    """Channel, where the webhook lets one choose; default: the webhook's own."""

    @model_validator(mode="after")
    def _has_webhook(self) -> Self:
        if self.enabled and not self.webhook_url.startswith(("https://", "http://")):
            message = "is no URL; expected the https:// URL of a webhook, since 'enabled' is true"
            raise misfits([(("webhook_url",), message)])
        return self


class AlertChannels(Model):
    """Where alerts go, besides the log and `/health`."""

    email: EmailAlerts = EmailAlerts()
    """Mail through an SNS topic."""
    slack: SlackAlerts = SlackAlerts()
    """A webhook."""


class Alerts(Model):
    """One message when something breaks and one when it works again; nothing in between."""

    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = True
    """Default true. False: alerts stay in the log and in `/health`."""
    channels: AlertChannels = AlertChannels()
    """Where alerts go."""


class ScheduledTask(Model):
    """A reconciliation pass at given times, besides the regular ones."""

    enabled: Flag = True
    """Default true."""
    schedule: Cron
    """Cron expression of five fields, in `timezone`; no default."""
    timezone: Zone = "America/New_York"
    """Time zone of `schedule`; default US Eastern, which all sources file their games under."""
    description: Text = ""
    """For people."""


class ScheduledTasks(Model):
    """`enabled`, and beside it a freely named section for each schedule."""

    model_config = ConfigDict(extra="allow")
    entries: ClassVar[type[Model] | None] = ScheduledTask
    __pydantic_extra__: dict[str, ScheduledTask] = Field(init=False)

    enabled: Flag = True
    """Default true. False: none of the schedules runs."""

    @property
    def tasks(self) -> dict[str, ScheduledTask]:
        """The schedules that are to run, by name."""
        named = self.__pydantic_extra__ if self.enabled else {}
        return {name: task for name, task in named.items() if task.enabled}


class MaintenanceWindow(Model):
    """A time of the week in which nothing is fetched. One that ends before it starts ends on the next day."""

    day: Weekday | None = None
    """Day of the week on which it starts; default every day."""
    start_time: TimeOfDay
    """First minute, `HH:MM` in `timezone`; no default."""
    end_time: TimeOfDay
    """First minute after it, `HH:MM`; no default."""
    timezone: Zone = "America/New_York"
    """Time zone of both times; default US Eastern."""

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.start_time == self.end_time:
            message = f"got {self.end_time}, the same as 'start_time'; expected another time"
            raise misfits([(("end_time",), message)])
        return self


class Maintenance(Model):
    """Times at which the service pauses: tasks that are running end, and none is started."""

    enabled: Flag = False
    """Default false."""
    windows: Many[MaintenanceWindow] = ()
    """The times; default none."""


class ResourceLimits(Model):
    """What the service may use of the machine."""

    max_response_bytes: Bytes = 67_108_864
    """Bytes; a longer body is refused, where a source does not say otherwise; default 64 MiB."""
    max_gap_file_bytes: Bytes = 16_777_216
    """Bytes; a longer gaps.json (or `--task-queue`) of somebody else's is set aside unread; default 16 MiB."""
    max_header_bytes: HeaderBytes = 131_072
    """Bytes; an answer with a longer status or header line is refused, where a source does not say otherwise; default
    128 KiB."""
    max_headers: PositiveCount = 500
    """An answer with more header lines is refused, where a source does not say otherwise; default 500."""


class CloudWatch(Model):
    """Figures of each pass to Amazon CloudWatch."""

    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = False
    """Default false: it needs AWS credentials and the extra `aws`."""
    namespace: OneLine = "ADCE/Orchestrator"
    """Namespace of the metrics; default `ADCE/Orchestrator`."""
    region: NoSpace | None = None
    """AWS region; default: what AWS's own settings say."""


class Metrics(Model):
    """Where figures go."""

    cloudwatch: CloudWatch = CloudWatch()
    """Amazon CloudWatch; default off."""
    prometheus: Switch = True
    """`GET /metrics`; default true. `prometheus: {enabled: false}` is read too."""
    dims_integration: Switch = True
    """`metrics.yaml` in the inventory folder after each pass; default true. The old `integration.dims.enabled`
    and `dims_integration: {enabled: false}` are read too."""
