"""Amazon CloudWatch over the process's AWS session; imported only by who tells it something."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import ClientError

from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.errors import FAILURES, failure_of, status_of
from adce_async.errors import FixMeError, PublishError
from adce_async.model.aws import AwsSettings
from adce_async.model.cloudwatch import CloudWatchRules, Datum

REQUEST_SECONDS = 20.0
"""For which one request may take, from connecting to its answer."""
_NOT_SENT = (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError, boto.SSLError)
_BUSY = 429


@dataclass(slots=True)
class CloudWatch:
    """`model.cloudwatch.FigureSink`. A request is sent once: who asks again is the caller, who counts them."""

    rules: CloudWatchRules
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _client: Any = None

    async def send(self, data: Sequence[Datum]) -> None:
        """One PutMetricData. Raises PublishError."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                client = await self.client()
                await client.put_metric_data(Namespace=self.rules.namespace, MetricData=[_entry(d) for d in data])
        except FixMeError as error:  # no credentials, no such profile: the same figures once there are
            await self.close()
            raise PublishError(str(error), again=True) from None
        except FAILURES as error:
            raise PublishError(failure_of(error, "CloudWatch").text, again=_again(error)) from None

    async def close(self) -> None:
        """Its connections; it may be used again."""
        self._client = None
        await self._stack.aclose()

    async def client(self) -> Any:
        """Of aiobotocore, for `monitoring`. Raises FixMeError."""
        if self._client is None:
            rules = self.rules
            where = AwsSettings(rules.endpoint_url, rules.region, rules.profile, connections=1, attempts=1)
            self._client = await (await self._stack.enter_async_context(Aws(where))).client("cloudwatch")
        return self._client


def _again(error: BaseException) -> bool:
    """Whether the same data may be sent again: they were surely not taken, and may well be the next time.

    What may have arrived is not: rather a minute that is missing than one that counts twice.
    """
    if isinstance(error, ClientError):
        status = status_of(error)
        return status >= 500 or status in (401, 403, _BUSY) or "Throttl" in str(error)
    return isinstance(error, (*_NOT_SENT, boto.NoCredentialsError, boto.CredentialRetrievalError))


def _entry(datum: Datum) -> dict[str, Any]:
    return {
        "MetricName": datum.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in datum.dimensions.items()],
        "Timestamp": dt.datetime.fromtimestamp(datum.at, dt.UTC),
        "Unit": datum.unit,
        "Values": list(datum.values),
        "Counts": list(datum.counts),
    }
