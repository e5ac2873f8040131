"""Alerts through a topic of Amazon SNS, which sends mail (or whatever subscribes to it)."""

from __future__ import annotations

import asyncio
import importlib

from adce_async.errors import AlertError, FixMeError
from adce_async.model.alert import Alert, SnsSettings
from adce_async.model.aws import AwsSettings
from adce_async.redaction import redact

_SUBJECT = 100
"""Characters of a subject at most; SNS refuses longer ones, and those that are not ASCII."""


class SnsAlerts:
    """`model.alert.AlertChannel`."""

    name = "email"

    def __init__(self, settings: SnsSettings) -> None:
        self._settings = settings

    async def send(self, alert: Alert) -> None:
        """One message to the topic. Raises AlertError."""
        # here and in a thread: a third of a second of imports, and 20 MB that nobody needs who has no such topic
        await asyncio.to_thread(importlib.import_module, "adce_async.adapters.s3.client")
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        from adce_async.adapters.s3.client import Aws  # noqa: PLC0415

        # the topic's own region, whatever the lake's is: it is the fourth part of its name
        region = self._settings.topic.split(":")[3] if self._settings.topic.count(":") >= 5 else None
        try:
            # a client a message: they are rare, and nothing is held open in between
            async with Aws(AwsSettings(region=region or None, connections=1)) as aws:
                client = await aws.client("sns")
                await client.publish(
                    TopicArn=self._settings.topic,
                    Subject=self._subject(alert),
                    Message=redact(alert.message),
                )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise AlertError(f"SNS answers {code}") from None
        except FixMeError as error:
            raise AlertError(str(error)) from None
        except (BotoCoreError, OSError) as error:
            raise AlertError(f"SNS can't be reached ({type(error).__name__})") from None

    def _subject(self, alert: Alert) -> str:
        text = " ".join(redact(f"{self._settings.prefix} {alert.title}").split())
        return text.encode("ascii", "replace").decode()[:_SUBJECT] or "alert"
