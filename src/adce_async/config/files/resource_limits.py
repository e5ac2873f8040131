"""The section `resource_limits` of autonomous_config.yaml."""

from __future__ import annotations

from adce_async.config.files.base import Model
from adce_async.config.files.fields import (
    Bytes,
    HeaderBytes,
    PositiveCount,
)


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
