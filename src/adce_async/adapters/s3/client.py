"""The one AWS session of the process: clients that share it, their models loaded beside the loop.

Credentials come by AWS's usual chain (environment, profile, web identity, container, instance) and are learnt by
`redaction` before anything is sent, so that no text ever holds them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError
from botocore.utils import parse_timestamp

from adce_async.adapters.s3.errors import failure_of
from adce_async.errors import FixMeError
from adce_async.model.aws import AwsSettings
from adce_async.redaction import SECRETS

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

QUICK_ATTEMPTS = 2
"""Times that a request is sent at most where somebody waits to hear whether there is any answer at all."""
CONNECT_SECONDS, READ_SECONDS = 10, 60
DEFAULT_REGION = "us-east-1"
"""Where nobody has named one: S3 itself says which is right, other servers take any."""
_OWN_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


class Aws:
    """Clients by service, each made when it is first asked for; an async context manager.

    Entering loads what all of them need, in a thread; leaving closes their connections. It sends nothing by itself
    (finding credentials may). Raises FixMeError for what a person must fix: no credentials, no such profile.
    """

    def __init__(self, settings: AwsSettings) -> None:
        self.settings = settings
        self._session: AioSession
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}
        self._turn = asyncio.Lock()  # two who ask for a service at once get the same client

    async def __aenter__(self) -> Self:
        try:
            self._session = await asyncio.to_thread(self._load)
            await self.credentials()  # who has none is told so by his first request
        except BotoCoreError as error:
            raise failure_of(error, "AWS").to_fix() from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def s3(self) -> S3Client:
        """The client of S3."""
        return cast("S3Client", await self.client("s3"))

    @asynccontextmanager
    async def quick_s3(self) -> AsyncIterator[S3Client]:
        """A client of S3 that soon says that there is no answer, for the block."""
        quick = Aws(replace(self.settings, attempts=min(QUICK_ATTEMPTS, self.settings.attempts)))
        quick._session = self._session
        try:
            yield await quick.s3()
        finally:
            await quick._stack.aclose()

    async def client(self, service: str, **where: str | None) -> Any:
        """The client of `service` (`s3`, `sqs`, ...). Raises FixMeError.

        `where`: an `endpoint_url` (None: that of AWS's own settings) or a `region_name` of its own; a client for each
        that differs.
        """
        name = repr((service, sorted(where.items())))
        async with self._turn:
            if name not in self._clients:
                try:
                    await asyncio.to_thread(self._load_models, service)
                    self._clients[name] = await self._create(service, where)
                except BotoCoreError as error:
                    raise failure_of(error, "AWS").to_fix() from error
                except ValueError as error:  # botocore's own, of what AWS_ENDPOINT_URL or a profile says
                    raise FixMeError(
                        f"AWS: {error}: correct AWS_ENDPOINT_URL, or endpoint_url of the profile"
                    ) from error
            return self._clients[name]

    async def credentials(self) -> Any:
        """Frozen: `access_key`, `secret_key`, `token`; None if there are none. For who speaks to S3 by other means."""
        found = await self._session.get_credentials()
        if found is None:
            return None
        frozen = await found.get_frozen_credentials()
        for secret in (frozen.access_key, frozen.secret_key, frozen.token):
            SECRETS.learn(secret or "")
        return frozen

    async def _create(self, service: str, where: Mapping[str, str | None]) -> Any:
        path_style = self.settings.path_style
        if service == "s3" and path_style is None:  # the endpoint may be the environment's, or that of a profile
            host = urlsplit(self.settings.endpoint_url or await self._endpoint()).hostname or ""
            path_style = not host.endswith(_OWN_DOMAINS)
        options = {**self._options(path_style=bool(path_style)), **where}
        return await self._stack.enter_async_context(self._session.create_client(service, **options))

    async def _endpoint(self) -> str:
        """Of S3, as AWS's own settings have it."""
        async with self._session.create_client("s3", **self._options(path_style=False)) as probe:
            return cast("str", probe.meta.endpoint_url)

    def _options(self, *, path_style: bool) -> dict[str, Any]:
        config = AioConfig(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=self.settings.connections,
            retries={"mode": "standard", "total_max_attempts": self._attempts()},
            s3={"addressing_style": "path"} if path_style else {},
            request_checksum_calculation="when_required",  # those who store bring a checksum that they know
        )
        region = self.settings.region or self._session.get_config_variable("region") or DEFAULT_REGION
        return {"config": config, "region_name": region, "endpoint_url": self.settings.endpoint_url}

    def _attempts(self) -> int:
        """As many as are set, or fewer if AWS's own settings say so."""
        try:
            own = self._session.get_config_variable("max_attempts")
        except ValueError:  # no number
            own = None
        return min(self.settings.attempts, own) if own and own > 0 else self.settings.attempts

    # both in a thread: they read megabytes of JSON

    def _load(self) -> AioSession:
        session = AioSession(profile=self.settings.profile)
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=timestamp)
        loader = session.get_component("data_loader")
        for name in ("partitions", "endpoints", "_retry", "sdk-default-configuration"):
            loader.load_data(name)
        return session

    def _load_models(self, service: str) -> None:
        loader = self._session.get_component("data_loader")
        for kind in ("service-2", "endpoint-rule-set-1", "paginators-1"):
            loader.load_service_model(service, kind)


def timestamp(value: Any) -> dt.datetime:
    """What AWS says of a time. Those of listings cost 20 times as much with botocore's own parser, two thirds of all.

    >>> timestamp("2025-01-15T12:00:00.000Z").timestamp() == timestamp("Wed, 15 Jan 2025 12:00:00 GMT").timestamp()
    True
    """
    if isinstance(value, str) and value[:4].isdigit() and value[-1:] == "Z":
        return dt.datetime.fromisoformat(value)
    return cast("dt.datetime", parse_timestamp(value))
