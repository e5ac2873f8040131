"""The section `alerts` of autonomous_config.yaml."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from adce_async.config.files.base import Model, misfits
from adce_async.config.files.fields import (
    Flag,
    NoSpace,
    Text,
)


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
