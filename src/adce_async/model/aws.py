"""Where AWS, or a server that speaks as it does, is to be found, and as whom it is asked."""

from __future__ import annotations

from dataclasses import dataclass

ATTEMPTS = 5
"""Times that a request is sent at most: botocore's `standard` mode waits up to 1, 2, 4, 8 seconds in between."""


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Where AWS is, and as whom. None: what AWS's own settings say."""

    endpoint_url: str | None = None
    """`http://127.0.0.1:9000`: another server than AWS."""
    region: str | None = None
    profile: str | None = None
    path_style: bool | None = None
    """`ENDPOINT/BUCKET/KEY` instead of `BUCKET.ENDPOINT/KEY`; None: with every server but AWS's own."""
    connections: int = 16
    """Most connections of each client."""
    attempts: int = ATTEMPTS
    """Times that a request is sent at most; AWS_MAX_ATTEMPTS, or `max_attempts` of a profile, may say fewer."""
