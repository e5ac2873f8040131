"""Below the HTTP client: one request on the wire, when it went out, what its errors mean, its body."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http_exceptions import (
    BadHttpMessage,
    BadStatusLine,
    ContentLengthError,
    HttpProcessingError,
    InvalidHeader,
    LineTooLong,
    PayloadEncodingError,
    TransferEncodingError,
)
from aiohttp.tracing import Trace

from adce_async import errors
from adce_async.engine.fetching.asker import Asker, token_for
from adce_async.engine.fetching.codings import PIECE_BYTES, CodingError, Unpacking
from adce_async.engine.fetching.limiter import Permit, RateLimiter

_CHUNK_BYTES = 1_048_576
"""Of a body that goes to a file: so much is in memory at once."""


@dataclass(frozen=True, slots=True)
class SourceHttp:
    """How one source is asked. Times in seconds; `hosts` are its own hosts (`name` or `name:port`), lower case."""

    name: str
    hosts: frozenset[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    user_agent: str = "adce-async"
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    max_response_bytes: int = 50_000_000
    """Of a body after decompression."""
    max_header_bytes: int = 131_072
    """Of one line of an answer's head."""
    max_headers: int = 500
    """Lines of an answer's head."""
    respect_robots: bool = True
    keepalive: bool = True
    scraper: str = ""
    """Set where one of its scrapers has bounds of its own, which these are."""


@dataclass(slots=True)
class Flight:
    """What one fetch shares with the connector below it."""

    asker: Asker
    into: Path | None = None
    """Where its body goes instead of into memory."""
    permit: Permit | None = None
    sent_at: float = 0.0


FLIGHT: ContextVar[Flight] = ContextVar("FLIGHT")
"""aiohttp hands nothing from a call of `get` down to its connector: so this goes beside it."""


@dataclass(slots=True)
class ErrorsInOurWords:
    """`with`: exceptions of aiohttp as ours. No connection is Unreachable, one that broke is Transient."""

    http: SourceHttp
    host: str
    body: bytearray
    flight: Flight
    time: Callable[[], float]

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, aiohttp.ClientError | HttpProcessingError | OSError):
            raise self._meant_by(error) from error

    def _meant_by(self, error: BaseException) -> errors.ScrapeError:
        """Ours. None of their texts is taken over: they hold URLs, headers, and lines of the answer."""
        host = self.host
        after = f"{self.time() - self.flight.sent_at:.1f} s and {len(self.body)} bytes"
        if (bound := self._bound(error)) is not None:
            return bound
        match error:
            case aiohttp.ConnectionTimeoutError():
                return errors.UnreachableError(f"no connection to {host} within {self.http.connect_timeout:g} s")
            case aiohttp.ClientHttpProxyError():
                return errors.UnreachableError(f"no connection to {host}: the proxy answers HTTP {error.status}")
            case aiohttp.ClientProxyConnectionError():
                return errors.UnreachableError(f"no connection to {host}: the proxy: {_why(error.os_error)}")
            case aiohttp.ClientConnectorCertificateError():
                why = _why(error.certificate_error)
                return errors.UnreachableError(f"no connection to {host}: its certificate is not valid: {why}")
            case aiohttp.ClientConnectorDNSError():
                return errors.UnreachableError(f"no connection to {host}: its name can't be resolved: {_why(error)}")
            case aiohttp.ClientConnectorError():
                return errors.UnreachableError(f"no connection to {host}: {_why(error.os_error)}")
            case aiohttp.ServerTimeoutError():
                return errors.TransientError(f"{host} was silent for {self.http.read_timeout:g} s, after {after}")
            case aiohttp.ServerDisconnectedError():
                return errors.TransientError(f"{host} closed the connection without an answer, after {after}")
            case CodingError():
                return errors.TransientError(f"the body from {host} {error}, after {after}")
            case aiohttp.ClientPayloadError() | PayloadEncodingError():
                return errors.TransientError(f"the body from {host} broke off after {after}{_flaw(error)}")
            case aiohttp.InvalidURL():
                return errors.PermanentError(f"{host}: an address that can't be asked for")
            case aiohttp.ClientResponseError() | HttpProcessingError():
                return errors.TransientError(f"{host} answers with what is no HTTP{_flaw(error)}, after {after}")
            case OSError():
                return errors.TransientError(f"the connection to {host} broke after {after}: {_why(error)}")
            case _:
                return errors.TransientError(f"the connection to {host} broke after {after} ({type(error).__name__})")

    def _bound(self, error: BaseException) -> errors.ScrapeError | None:
        """What is larger than we take: no later attempt can do better, but a setting can."""
        http = self.http
        causes = list(_causes(error))
        if any(isinstance(one, LineTooLong) for one in causes):
            what, setting = f"a header or status line longer than {http.max_header_bytes} bytes", "max_header_bytes"
        elif any("Too many" in str(one.args[:1]) for one in causes if isinstance(one, BadHttpMessage)):
            what, setting = f"more than {http.max_headers} header lines", "max_headers"
        else:
            return None
        return errors.BoundError(f"{what} from {self.host}; {to_raise(setting, http)}")


def to_raise(setting: str, http: SourceHttp) -> str:
    """Where a bound is set."""
    if http.scraper and setting == "max_response_bytes":
        return f"to take more, raise {setting} of scrapers.{http.scraper} in scraper_config.yaml"
    return f"to take more, raise {setting} of sources.{http.name} in scraper_config.yaml, or in resource_limits"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and what led to it, within reason."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _flaw(error: BaseException) -> str:
    """What is wrong with an answer, in our words; '' if that can't be told."""
    words = {
        ContentLengthError: "less than was announced",
        TransferEncodingError: "not chunked as it should be",
        InvalidHeader: "a header line that is none",
        BadStatusLine: "a bad status line",
    }
    found = (text for one in _causes(error) for kind, text in words.items() if isinstance(one, kind))
    text = next(found, "")
    return f": {text}" if text else ""


def _why(error: BaseException) -> str:
    """The operating system's (or OpenSSL's) own word for it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    if isinstance(error, ssl.SSLError):
        return str(error.reason)
    text = getattr(error, "strerror", None) or type(error).__name__
    return "none of its addresses answers" if str(text).startswith("Multiple exceptions") else str(text)


class Connector(aiohttp.TCPConnector):
    """Where each request on the wire passes, those too that aiohttp sends again by itself: it takes a token first.

    aiohttp offers middlewares for that; they cost a request a quarter more, and come no later.
    """

    def __init__(self, limiter: RateLimiter, *, ttl_dns_cache: int, force_close: bool) -> None:
        """Without a limit of its own: the pool bounds connections."""
        super().__init__(limit=0, ttl_dns_cache=ttl_dns_cache, force_close=force_close)
        self._limiter = limiter

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature; the wait for a token is not in it
    ) -> Connection:
        """Wait for a token, then connect; what follows is the writing, so the token counts as sent from then on."""
        flight = FLIGHT.get()
        permit = flight.permit = await token_for(flight.asker, self._limiter)
        try:
            await self._limiter.pass_bucket()
            connection = await super().connect(req, traces, timeout)
        except BaseException:  # a connection that failed counts as well
            permit.sent()
            raise
        try:
            permit.sent()
        except BaseException:  # what can't be counted must not be sent
            connection.close()
            raise
        flight.sent_at = self._loop.time()
        return connection


async def stream(response: aiohttp.ClientResponse, into: Path, limit: int) -> int:
    """Write the body to a file, a few chunks at a time; returns its bytes, or more than `limit` as soon as it is."""
    size = 0
    waiting = bytearray()
    await _append(into, b"")  # an empty body is a file, too
    unpacking = _unpacking(response)
    while chunk := await response.content.readany():
        for piece in unpacking.feed(chunk) if unpacking else (chunk,):
            if len(piece) == PIECE_BYTES:  # there may be thousands, and others have something to do as well
                await asyncio.sleep(0)
            waiting += piece
            size += len(piece)
            if size > limit:
                return size
            if len(waiting) >= _CHUNK_BYTES:
                await _append(into, waiting)
                waiting = bytearray()
    if unpacking:
        unpacking.end()
    await _append(into, waiting)
    return size


def _unpacking(response: aiohttp.ClientResponse) -> Unpacking | None:
    """None for a body that comes as it is. Raises CodingError."""
    packed = response.headers.getall("Content-Encoding", ())
    return Unpacking(",".join(packed)) if packed else None


async def _append(into: Path, data: bytes | bytearray) -> None:
    def write() -> None:
        with into.open("ab") as file:
            file.write(data)

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        raise errors.StoreError(f"{into}: writing a large body: {error.strerror}") from error


async def read(response: aiohttp.ClientResponse, body: bytearray, limit: int) -> bool:
    """Append at most `limit` bytes to `body`; False if there are more."""
    unpacking = _unpacking(response)
    while chunk := await response.content.readany():
        for piece in unpacking.feed(chunk) if unpacking else (chunk,):
            if len(piece) == PIECE_BYTES:
                await asyncio.sleep(0)
            body += piece
            if len(body) > limit:
                del body[limit:]
                return False
    if unpacking:
        unpacking.end()
    return True
