"""The section `alerts` of autonomous_config.yaml."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, model_validator

from adce_async.config.files.base import Expected, Model, misfits
from adce_async.config.files.fields import (
    Flag,
    Many,
    Minutes,
    NoSpace,
    OneLine,
    Seconds,
    Text,
)
from adce_async.config.files.schedules import TimeOfDay, Zone
from adce_async.model.conditions import CONDITIONS


def _is_condition(value: str) -> str:
    name = {"reconciler_stopped": "reconciliation_daemon_stopped"}.get(value.lower(), value.lower())
    if name not in CONDITIONS:
        raise ValueError(value)
    return name


Condition = Annotated[str, AfterValidator(_is_condition), Expected(f"one of {', '.join(CONDITIONS)}")]


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


class CommandAlerts(Model):
    """A program that is started for each alert, with JSON on its standard input; no shell is in between."""

    enabled: Flag = False
    """Default false: it needs a program."""
    argv: Many[OneLine] = ()
    """The program and its arguments, as a list; no default."""
    timeout_seconds: Seconds = 10
    """Seconds after which it is killed; default 10, at most the 30 that any channel has."""

    @model_validator(mode="after")
    def _has_program(self) -> Self:
        if self.enabled and not self.argv:
            raise misfits(
                [(("argv",), "is empty; expected a list of a program and its arguments, since 'enabled' is true")]
            )
        return self


class Digest(Model):
    """How the day was, once a day, through all channels and in the log."""

    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = False
    """Default false."""
    time: TimeOfDay = "09:00"
    """Time of day, `HH:MM` in `timezone`; default 09:00."""
    timezone: Zone = "America/New_York"
    """Time zone of `time`; default US Eastern."""


class AlertChannels(Model):
    """Where alerts go, besides the log and `/health`."""

    email: EmailAlerts = EmailAlerts()
    """Mail through an SNS topic."""
    slack: SlackAlerts = SlackAlerts()
    """A webhook."""
    command: CommandAlerts = CommandAlerts()
    """A program."""


class Alerts(Model):
    """One message when something breaks and one when it works again; nothing in between."""

    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = True
    """Default true. False: alerts stay in the log and in `/health`."""
    channels: AlertChannels = AlertChannels()
    """Where alerts go."""
    alert_on: Many[Condition] = tuple(name for name in CONDITIONS if name != "limit_near")
    """Conditions that are sent; default all but `limit_near`, which a backlog meets as it should. What keeps the
    service from its work (storage, queue, a loop that died, a file with an error in it) is always sent."""
    cooldown_minutes: Minutes = 15
    """Minutes in which the same trouble is sent once, however often it comes and goes; default 15."""
    digest: Digest = Digest()
    """How the day was, once a day; default off."""
