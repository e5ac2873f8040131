"""The section `resource_limits` of autonomous_config.yaml."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from adce_async.config.files.base import Model, misfits
from adce_async.config.files.fields import (
    Bytes,
    HeaderBytes,
    NotNegative,
    Percent,
    Positive,
    PositiveCount,
    Seconds,
)

_PAIRS = (
    ("memory_warning_mb", "max_memory_mb"),
    ("disk_space_minimum_gb", "disk_space_threshold_gb"),
    ("open_files_warning_percent", "open_files_limit_percent"),
    ("loop_lag_warning_seconds", "loop_lag_limit_seconds"),
)
"""The first of each is at most the second."""


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

    max_memory_mb: NotNegative = 2048
    """Megabytes of resident memory at which nothing new starts and passes wait until there is room again; default 2048;
    0: no limit. The service manager's own limit ends the process: keep it above this one."""
    memory_warning_mb: Positive | None = None
    """Megabytes from which on it is told; default 80 % of `max_memory_mb`."""
    disk_space_threshold_gb: NotNegative = 1
    """Gigabytes; with fewer free on the disk of the lake or of the state it is told; default 1."""
    disk_space_minimum_gb: NotNegative = 0.1
    """Gigabytes; with fewer free nothing new starts; default 0.1."""
    open_files_warning_percent: Percent = 80
    """Per cent of the descriptors that the process may open, from which on it is told; default 80."""
    open_files_limit_percent: Percent = 95
    """Per cent of them at which nothing new starts; default 95."""
    loop_lag_warning_seconds: Seconds = 1
    """Seconds for which something may hold the event loop before it is told, with what held it; default 1."""
    loop_lag_limit_seconds: Seconds = 10
    """Seconds of it after which nothing new starts for a minute; default 10."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for low, high in _PAIRS:
            less, more = getattr(self, low), getattr(self, high)
            if not more and high == "max_memory_mb":  # no limit
                continue
            if less is not None and less > more:
                raise misfits([((low,), f"got {less:g}; expected at most '{high}' ({more:g})")])
        return self
