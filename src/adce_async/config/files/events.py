"""`events` of reconciliation_config.yaml: notifications of what others store in the lake and remove from it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from adce_async.config.files.base import Expected, Model, Renamed

QueueUrl = Annotated[
    str,
    Field(pattern=r"^https?://[^\s/?#@]+/[^\s?#]+$"),
    Expected("the URL of a queue: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME"),
]
WaitSeconds = Annotated[int, Field(ge=1, le=20), Expected("a whole number of seconds, 1 to 20")]
VisibilitySeconds = Annotated[int, Field(ge=10, le=43_200), Expected("a whole number of seconds, 10 to 43200")]


class Events(Model):
    """S3's notifications by way of a queue of SQS; each pass finds the same without them, only later."""

    shorthand: ClassVar[str] = "queue_url"
    renamed: ClassVar[tuple[Renamed, ...]] = (
        Renamed("sqs_queue_url", "queue_url"),
        Renamed("wait_time_seconds", "wait_seconds"),
        Renamed("visibility_timeout", "visibility_seconds"),
    )

    queue_url: QueueUrl | None = None
    """The queue that S3's notifications of the bucket go to, directly, by SNS or by EventBridge; default none."""
    wait_seconds: WaitSeconds = 20
    """Seconds that a question for messages waits for one, 1 to 20; default 20, which costs least."""
    visibility_seconds: VisibilitySeconds = 120
    """Seconds after which a message that had no effect comes again; default 120. More than a pass takes."""
