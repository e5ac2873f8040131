"""A source of scraper_config.yaml: its hosts, limits, bounds and headers."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from adce_async.config.files.base import Expected, Model, Renamed
from adce_async.config.files.fields import (
    Bytes,
    Flag,
    HeaderBytes,
    Many,
    OneLine,
    PositiveCount,
    Seconds,
    Text,
)
from adce_async.config.files.limits import LimitConfig

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?")


def _host(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _is_host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("no host name")
    return value.rstrip(".")


Host = Annotated[
    str,
    BeforeValidator(_host),
    AfterValidator(_is_host),
    Expected("a bare host name such as site.api.espn.com: no https://, port, path or spaces"),
]


HeaderName = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"), Expected("the name of an HTTP header")]


class Retry(Model):
    """How often something is tried again."""

    max_attempts: PositiveCount | None = None
    """Attempts in all, the first included; default `max_retries` + 1 of autonomous_config.yaml."""


class SourceConfig(Model):
    """An upstream: one set of limits, one breaker, one lane for all of its hosts."""

    renamed: ClassVar[tuple[Renamed, ...]] = (
        Renamed("timeout", "timeout_seconds"),
        Renamed("limits", "rate_limit"),
    )

    enabled: Flag = True
    """Default true. False: nothing is fetched from it."""
    description: Text = ""
    """For people."""
    terms: Text = ""
    """For people: what the source's terms and robots.txt say, and who decided what."""
    hosts: Many[Host] = ()
    """Bare host names; requests and redirects go to these and no other; no default."""
    headers: dict[HeaderName, OneLine] = Field(default_factory=dict)
    """Sent with each request; default none but the usual."""
    user_agent: OneLine | None = None
    """The `User-Agent`; default an honest one that names this project. Sources do check it."""
    timeout_seconds: Seconds | None = None
    """Seconds for one attempt; default `task_timeout_seconds` of autonomous_config.yaml. The old `timeout` is read."""
    connect_timeout_seconds: Seconds = 10
    """Seconds to connect; default 10."""
    read_timeout_seconds: Seconds = 30
    """Seconds without a byte of the answer; default 30: some sources refuse by keeping silent."""
    retry: Retry = Retry()
    """How often something is tried again."""
    rate_limit: LimitConfig | None = None
    """What it may be asked; `limits` is read too. Where others speak for the source too, the strictest counts."""
    max_concurrent: PositiveCount | None = None
    """Tasks at once; default by Little's law, max(1, ceil(rate x latency))."""
    respect_robots: Flag = True
    """Default true: robots.txt is asked for and kept, `Crawl-delay` included."""
    max_response_bytes: Bytes | None = None
    """Bytes; a longer body is refused; default `resource_limits.max_response_bytes` of autonomous_config.yaml."""
    max_header_bytes: HeaderBytes | None = None
    """Bytes; an answer with a longer status or header line is refused; default `resource_limits.max_header_bytes`."""
    max_headers: PositiveCount | None = None
    """An answer with more header lines is refused; default `resource_limits.max_headers`."""
    keepalive: Flag = True
    """Default true. False: a new connection for each request, for servers that drop idle ones."""
