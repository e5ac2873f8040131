"""Alerts through a webhook that takes `{"text": ...}`: Slack, Mattermost and others."""

from __future__ import annotations

import aiohttp
import orjson

from adce_async.errors import AlertError
from adce_async.model.alert import Alert, SlackSettings
from adce_async.redaction import SECRETS, redact

_MARKS = {"raised": ":red_circle:", "recovered": ":large_green_circle:", "digest": ":bar_chart:"}
_LONGEST = 3500
"""Characters of a text: Slack cuts at 4,000."""


class SlackAlerts:
    """`model.alert.AlertChannel`."""

    name = "slack"

    def __init__(self, settings: SlackSettings) -> None:
        SECRETS.learn(settings.url)
        self._settings = settings

    async def send(self, alert: Alert) -> None:
        """One POST. Raises AlertError."""
        text = redact(alert.message)[:_LONGEST]
        body: dict[str, str] = {"text": f"{_MARKS[alert.kind]} {text}"}
        if self._settings.channel:
            body["channel"] = self._settings.channel
        timeout = aiohttp.ClientTimeout(total=20.0, connect=10.0)
        try:
            # a session a message: they are rare, and nothing is held open in between
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self._settings.url,
                    data=orjson.dumps(body),
                    headers={"Content-Type": "application/json"},
                    allow_redirects=False,
                ) as answer,
            ):
                if not 200 <= answer.status < 300:
                    raise AlertError(f"the webhook answers HTTP {answer.status}")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            # none of their texts: they hold the URL
            raise AlertError(f"the webhook can't be reached ({type(error).__name__})") from None
