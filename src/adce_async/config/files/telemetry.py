"""The sections `logging` and `metrics` of autonomous_config.yaml."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from adce_async.config.files.base import Expected, Model
from adce_async.config.files.fields import (
    Bytes,
    Count,
    Flag,
    NoSpace,
    OneLine,
    Switch,
    fold_keys,
    one_of,
)

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _level(value: Any) -> Any:
    known = {"WARN": "WARNING"} | {level: level for level in _LEVELS}
    return known.get(value.upper(), value) if isinstance(value, str) else value


Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(_level),
    Expected("DEBUG, INFO, WARNING, ERROR or CRITICAL"),
]


def _known(value: str) -> str:
    if value not in COMPONENTS:
        raise ValueError(value)
    return value


LogFormat = Annotated[
    Literal["console", "json"],
    BeforeValidator(one_of("console", "json")),
    Expected("console or json"),
]


COMPONENTS = (
    "accounts", "actions", "adoption", "alerts", "attempt", "changes", "database", "demo", "events", "guardrails",
    "index", "inventory_reports", "judgement", "lake", "libraries", "listing", "live", "log", "loops", "outage", "pool",
    "progress", "queue", "reconciler", "reload", "resources", "robots", "schedules", "service", "settler", "state",
    "supervisor", "survey", "triggers", "verifier", "verify", "web",
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
    backups: Count = 5
    """Renamed log files that are kept; default 5."""
    repeats_per_minute: Count = 20
    """The same line is written so often a minute, then counted, and the count is said once; default 20; 0: always."""


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
