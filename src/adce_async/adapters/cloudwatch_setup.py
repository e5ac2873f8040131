"""Dashboards and alarms in Amazon CloudWatch: made, or made as they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.errors import FAILURES, failure_of
from adce_async.model.aws import ATTEMPTS, AwsSettings
from adce_async.model.cloudwatch import CloudWatchRules


class CloudWatchSetup:
    """An async context manager. Everything raises FixMeError for what a person must fix."""

    def __init__(self, rules: CloudWatchRules) -> None:
        self._aws = Aws(AwsSettings(rules.endpoint_url, rules.region, rules.profile, connections=1, attempts=ATTEMPTS))
        self._stack = AsyncExitStack()
        self._client: Any = None

    async def __aenter__(self) -> Self:
        aws = await self._stack.enter_async_context(self._aws)
        self._client = await aws.client("cloudwatch")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def region(self) -> str:
        """Where it all goes."""
        return str(self._client.meta.region_name)

    async def put_alarm(self, properties: Mapping[str, Any]) -> None:
        """Make this alarm, or make it so; properties as CloudFormation has them."""
        await self._ask(str(properties["AlarmName"]), self._client.put_metric_alarm, properties)

    async def put_dashboard(self, properties: Mapping[str, Any]) -> Sequence[str]:
        """The same for a dashboard; returns what CloudWatch has to say of its body."""
        answer = await self._ask(str(properties["DashboardName"]), self._client.put_dashboard, properties)
        messages = answer.get("DashboardValidationMessages") or ()
        return [f"{each.get('DataPath', '')}: {each.get('Message', '')}" for each in messages]

    async def _ask(self, name: str, ask: Any, properties: Mapping[str, Any]) -> Any:
        try:
            return await ask(**properties)
        except FAILURES as error:
            raise failure_of(error, "CloudWatch", name).to_fix() from error
