"""The sections `logging` and `metrics` of autonomous_config.yaml."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from adce_async.config.files.base import Expected, Model
from adce_async.config.files.fields import (
    Bytes,
    Count,
    Endpoint,
    Flag,
    NoSpace,
    NotNegative,
    OneLine,
    Switch,
    fold_keys,
    one_of,
)

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _level(value: Any) -> Any:
    known = {"WARN": "WARNING"} | {level: level for level in _LEVELS}
    return known.get(value.upper(), value) if isinstance(value, str) else value


Backups = Annotated[int, Field(ge=0, le=1000), Expected("a whole number, 0 to 1000")]
Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(_level),
    Expected("DEBUG, INFO, WARNING, ERROR or CRITICAL"),
]


def _known(value: str) -> str:
    if value not in COMPONENTS:
        raise ValueError(value)
    return value


def _not_of_aws(value: str) -> str:
    if value.startswith("AWS/"):
        raise ValueError(value)
    return value


Namespace = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z.\-_/#:]{1,255}$"),
    AfterValidator(_not_of_aws),
    Expected("1 to 255 letters, digits and . - _ / # :, not beginning with AWS/"),
]


LogFormat = Annotated[
    Literal["console", "json"],
    BeforeValidator(one_of("console", "json")),
    Expected("console or json"),
]


COMPONENTS = (
    "accounts", "actions", "adoption", "alerts", "attempt", "changes", "cloudwatch", "cluster", "database", "demo",
    "events", "guardrails", "index", "inventory_reports", "judgement", "lake", "libraries", "listing", "live",
    "log", "loops", "outage", "pool", "progress", "queue", "reconciler", "reload", "resources", "robots",
    "schedules", "service", "settler", "state", "supervisor", "survey", "triggers", "verifier", "verify", "web",
)  # fmt: skip
"""Who writes log lines; `libraries` are all that are not ours."""

Component = Annotated[str, AfterValidator(_known), Expected(f"one of {', '.join(COMPONENTS)}")]


class Logging(Model):
    """Logs go to stderr, where systemd, launchd and containers collect and rotate them; to a file as well if one is
    named.
    """

    level: Level = "INFO"
    """The least level that is logged; default INFO."""
    levels: Annotated[dict[Component, Level], BeforeValidator(fold_keys)] = Field(default_factory=dict)
    """Levels of single components, by name: `{survey: DEBUG, pool: WARNING}`; default none. JSON lines say as `logger`
    who wrote them."""
    format: LogFormat = "console"
    """`console` (default) for people, `json` for collectors."""
    file: OneLine | None = None
    """Path of a log file of the service, relative to the current directory; default none."""
    max_bytes: Bytes = 10_485_760
    """Bytes; a larger log file is renamed to FILE.1, and so on; default 10 MiB; 0: never, logrotate does it."""
    backups: Backups = 5
    """Renamed log files that are kept; default 5; at most 1000: each is renamed whenever a new one begins."""
    repeats_per_minute: Count = 20
    """The same line is written so often a minute, then counted, and the count is said once; default 20; 0: always."""


PublishSeconds = Annotated[float, Field(ge=60, le=3600), Expected("a number of seconds, 60 to 3600")]


class CloudWatchPrices(Model):
    """US dollars, for `adce metrics cost`."""

    metric_month: NotNegative = 0.30
    """A custom metric for a month; default 0.30."""
    requests_per_1000: NotNegative = 0.01
    """1,000 PutMetricData requests; default 0.01."""
    alarm_month: NotNegative = 0.10
    """An alarm for a month; default 0.10."""
    dashboard_month: NotNegative = 3.00
    """A dashboard for a month; default 3.00."""
    as_of: OneLine = "2025, us-east-1"
    """When and where they were so; default `2025, us-east-1`."""


class CloudWatch(Model):
    """Figures to Amazon CloudWatch, in one request a minute at most."""

    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = False
    """Default false: it needs AWS credentials that may `cloudwatch:PutMetricData`, and costs: `adce metrics cost`."""
    namespace: Namespace = "ADCE/Orchestrator"
    """Namespace of the metrics; default `ADCE/Orchestrator`."""
    region: NoSpace | None = None
    """AWS region; default: what AWS's own settings say."""
    profile: OneLine | None = None
    """Profile of AWS's own settings; default: what they say."""
    endpoint_url: Endpoint | None = None
    """Another server than AWS's (`http://127.0.0.1:4566`); default none."""
    interval_seconds: PublishSeconds = 60
    """Seconds between two requests; default and least 60."""
    breakdown: Flag = True
    """Figures by scraper, source, priority and kind, besides the totals; default true. Each is paid as a metric."""
    prices: CloudWatchPrices = CloudWatchPrices()
    """What `adce metrics cost` reckons with."""


class Metrics(Model):
    """Where figures go."""

    cloudwatch: CloudWatch = CloudWatch()
    """Amazon CloudWatch; default off."""
    prometheus: Switch = True
    """`GET /metrics`; default true. `prometheus: {enabled: false}` is read too."""
    dims_integration: Switch = True
    """`metrics.yaml` in the inventory folder after each pass; default true. The old `integration.dims.enabled`
    and `dims_integration: {enabled: false}` are read too."""
