"""The section `health_check` of autonomous_config.yaml: the HTTP server."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from adce_async.config.files.base import Expected, Model, misfits
from adce_async.config.files.fields import (
    Flag,
    Hours,
    Many,
    Minutes,
    OneLine,
    Port,
    Positive,
    PositiveCount,
    Share,
)

HostName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9._:%\[\]-]+$"), Expected("an address, or a host name: no https://, path or blanks")
]
CheckSeconds = Annotated[float, Field(ge=0.05, le=3600), Expected("a number of seconds, 0.05 to 3600 (an hour)")]


class AlertThresholds(Model):
    """When something is wrong enough to tell people."""

    reconciliation_daemon_down_minutes: Minutes = 5
    """Minutes without a sign of life of the reconciler beyond its interval; default 5."""
    orchestrator_timeout_minutes: Minutes = 60
    """Minutes that one reconciliation pass may take; default 60."""
    task_queue_stale_hours: Hours = 24
    """Hours in which tasks wait and none is finished, or one CRITICAL task waits; default 24."""
    error_rate_threshold: Share = 0.1
    """Share, from 0 to 1, of the attempts of an hour that fail; default 0.1; fewer than 20 attempts say nothing."""
    rate_limit_threshold: Share = 0.9
    """Share, from 0 to 1, of a source's longest window that is used; default 0.9; for `limit_near` of the alerts."""


class Tls(Model):
    """Files for HTTPS, in PEM form."""

    certificate: OneLine
    """File with the certificate and those above it."""
    key: OneLine
    """File with its private key, without a password; not readable by everybody."""


class HealthCheck(Model):
    """The HTTP server: health, figures, dashboard."""

    enabled: Flag = True
    """Default true. False: no HTTP server, and `status`, `health`, `stop` of the command line have nobody to ask."""
    host: HostName = "127.0.0.1"
    """Address to listen on; default 127.0.0.1: the pages name every file of the lake."""
    port: Port = 8080
    """TCP port; default 8080; 0 takes any free one (the log says which)."""
    socket: OneLine | None = None
    """Path of a unix socket to listen on instead of host and port, for its owner alone; default none."""
    tls: Tls | None = None
    """HTTPS instead of HTTP, with these files; default none. Not for a socket."""
    public: Flag = True
    """Default true: everybody who can connect may look. False: only who has a token may, as a bearer token or as the
    password that a browser asks for."""
    read_token_file: OneLine | None = None
    """File with a token that is good for looking alone, readable by its owner alone; default: the variable
    ADCE_READ_TOKEN. Only with `public: false`."""
    allowed_hosts: Many[OneLine] = ()
    """Names by which the service may be called besides its addresses and localhost; default none. Requests for another
    name are refused: a page elsewhere could let its own name point here."""
    token_file: OneLine | None = None
    """File with the token that POST needs, readable by its owner alone; default: the variable ADCE_TOKEN. Without a
    token nothing can be changed over HTTP."""
    requests_per_second: Positive = 50
    """Requests that one client may make, above it is told 429; default 50."""
    burst_size: PositiveCount = 100
    """Requests that one client may make at once; default 100."""
    max_connections: PositiveCount = 100
    """Connections at once; beyond them the one that has been idle longest is closed for the new one; default 100."""
    check_interval_seconds: CheckSeconds = 5
    """Seconds between looks at the components' signs of life and the sources' troubles; at rest up to 30; default 5."""
    alert_thresholds: AlertThresholds = AlertThresholds()
    """When something is wrong enough to tell people."""

    @model_validator(mode="after")
    def _tls_has_a_port(self) -> Self:
        if self.socket is not None and self.tls is not None:
            message = "is served on a port, and 'socket' is set; expected one of both"
            raise misfits([(("tls",), message)])
        return self
