"""The sections `logging` and `metrics` of autonomous_config.yaml."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from adce_async.config.files.base import Expected, Model
from adce_async.config.files.fields import (
    Flag,
    NoSpace,
    OneLine,
    Switch,
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


LogFormat = Annotated[
    Literal["console", "json"],
    BeforeValidator(one_of("console", "json")),
    Expected("console or json"),
]


class Logging(Model):
    """Logs go to stderr, where systemd, launchd and containers collect and rotate them."""

    level: Level = "INFO"
    """The least level that is logged; default INFO."""
    format: LogFormat = "console"
    """`console` (default) for people, `json` for collectors."""


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
