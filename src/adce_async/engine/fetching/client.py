"""The HTTP client: every request on the wire takes a token of its source first.

Laws:

1. The connector, the innermost step before a connection is taken, waits for the token (`wire`): aiohttp itself
   sends a request again when a kept-alive connection turns out to be dead, and each of these passes there too.
   Redirects and robots.txt are requests like any other. The token counts from when the connection is there;
   a connection that fails counts as well.
2. Waiting for tokens is in no timeout: there is none on the whole, only on connecting and on silence.
3. Nothing is asked of a host that is not the source's own, nor what its robots.txt disallows.
4. What refuses us slows the source down here, so that no caller can forget it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from adce_async import errors
from adce_async.engine.fetching import robots, statuses, urls
from adce_async.engine.fetching.accounts import Accounts
from adce_async.engine.fetching.asker import Alone, Asker
from adce_async.engine.fetching.codings import ACCEPTED
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.proxy_environment import proxy_for
from adce_async.engine.fetching.robots import Robots
from adce_async.engine.fetching.wire import (
    FLIGHT,
    Connector,
    ErrorsInOurWords,
    Flight,
    SourceHttp,
    read,
    stream,
    to_raise,
)
from adce_async.model.limits import LONG_WAIT
from adce_async.ports import Clock, StateStore
from adce_async.redaction import SECRETS
from adce_async.scraping.base import Page

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ERROR_BODY_BYTES = 65_536
"""What is read of a body that is no page: enough for its head, and for most connections to be used again."""
_SECRET_HEADERS = ("Authorization", "Cookie", "Proxy-Authorization")
"""Never taken along by a redirect to another host."""
_CONDITIONS = ("If-None-Match", "If-Modified-Since")
_DNS_SECONDS = 300


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """GETs for all sources of the process; an async context manager that closes its sessions.

    `mirror`: base URL that every request is sent to, as `MIRROR/HOST/PATH?QUERY`.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceHttp],
        limiters: Mapping[str, RateLimiter],
        clock: Clock,
        mirror: str | None = None,
        memory: StateStore | None = None,
        tell: Callable[[str, str], object] = lambda _name, _text: None,
        scrapers: Mapping[str, SourceHttp] | None = None,
    ) -> None:
        """`scrapers`: how those are asked that have bounds of their own, by name.

        `memory`: keeps what each host's robots.txt says over restarts.

        `tell(name, text)`: a robots.txt that can't be had, an account that is refused; '' is recovery.
        """
        self._limiters = limiters
        self._clock = clock
        self._mirror = mirror
        self._sessions: dict[str, _Session] = {}
        self._robots = Robots(
            self._robots_txt,
            lambda source, delay: limiters[source].set_min_delay_floor(delay),
            clock,
            memory,
            tell=tell,
        )
        self._accounts = Accounts(tell)
        self._sources: Mapping[str, SourceHttp] = {}
        self.apply(sources, mirror, scrapers or {})

    def apply(self, sources: Mapping[str, SourceHttp], mirror: str | None, scrapers: Mapping[str, SourceHttp]) -> None:
        """Ask each source (and for those scrapers) like this from now on.

        What is under way ends as it began; its connections end with it.
        """
        moved, self._mirror = mirror != self._mirror, mirror
        for name in [name for name in self._sessions if moved or sources.get(name) != self._sources.get(name)]:
            self._sessions.pop(name).retire()
        self._sources = dict(sources)
        self._scrapers = dict(scrapers)
        self._headers = {name: _headers(http) for name, http in sources.items()}
        for headers in self._headers.values():  # what is sent to say who asks is never said to anybody else
            SECRETS.learn_named(headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        while self._sessions:
            await self._sessions.popitem()[1].aclose()

    async def fetch(
        self,
        source: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        asker: Asker | None = None,
        into: Path | None = None,
    ) -> Page:
        """GET `url` within the limits of `source`; any answer but a whole 200 raises the ScrapeError that fits.

        `asker`: for whom, with the tokens that are meant for this fetch; nobody in particular if None. `into`: the
        body is written to this file, which stays for the caller to remove whatever happens.
        """
        asker = asker or Alone()
        flight = FLIGHT.set(Flight(asker, into))
        asked = urls.complete(url, params)
        try:
            http = self._scrapers.get(asker.scraper) or self._sources[source]
            found, answer = await self._follow(http, asked, headers or {})
        finally:
            FLIGHT.reset(flight)
            if asker.permits:  # robots.txt, or a host that is not the source's: nothing was sent
                asker.permits = 0
                self._limiters[source].give_back()
        # what a redirect to another host leads to is often signed for minutes, and means nothing later
        url = found if found == asked or urls.origin(found) == urls.origin(asked) else asked
        headers = {name: errors.readable(value) for name, value in answer.headers.items()}
        return Page(url, answer.body, answer.status, headers, self._clock.now(), file=into)

    async def _robots_txt(self, source: str, url: str) -> bytes:
        """(For Robots, which is asked by a fetch: the token that this one brought may go into it.)"""
        return (await self._follow(self._sources[source], url, {}, for_robots=True))[1].body

    async def _follow(
        self, http: SourceHttp, url: str, headers: Mapping[str, str], *, for_robots: bool = False
    ) -> tuple[str, _Answer]:
        """The answer with status 200 that `url` leads to, and its own URL."""
        sent = self._headers[http.name].copy()
        if headers:
            SECRETS.learn_named(headers)
            sent.update(headers)
        if not for_robots:
            self._accounts.check(http.name, sent)
        for _ in range(MAX_REDIRECTS + 1):
            host = urls.check_host(url, http.hosts, http.name)
            if http.respect_robots and not for_robots:
                asker = FLIGHT.get().asker
                held = asker.permits
                await self._robots.allowed(http.name, url, asker)
                if held > asker.permits:  # its token went to robots.txt, which may ask for long delays
                    self._leave_if_long(http.name)
            answer = await self._exchange(http, host, url, sent, for_robots=for_robots)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                not_modified = answer.status == 304 and any(name in sent for name in _CONDITIONS)
                try:
                    self._judge(http.name, host, answer, for_robots=for_robots, not_modified=not_modified)
                except errors.AccountError as error:
                    if not for_robots:
                        self._accounts.refused(http.name, sent, url, error)
                    raise
                if not for_robots:
                    self._accounts.served(http.name)
                return url, answer
            target = self._redirect(http, host, url, location, answer.status)
            if urls.origin(target) != urls.origin(url):
                for name in _SECRET_HEADERS:
                    sent.popall(name, None)
            url = target
        endless = errors.PermanentError if for_robots else errors.TransientError  # RFC 9309: as if there were none
        raise endless(f"more than {MAX_REDIRECTS} redirects, the last one to {urls.shown(url)}", status=answer.status)

    def _leave_if_long(self, source: str) -> None:
        """Raise NotAskedError rather than wait for minutes within an attempt: nothing of it was asked yet."""
        limiter = self._limiters[source]
        if (wait := limiter.delay()) > LONG_WAIT:
            raise errors.NotAskedError(f"not asked for {wait:.0f} s yet: {limiter.why()}", retry_after=wait)

    def _redirect(self, http: SourceHttp, host: str, url: str, location: str, status: int) -> str:
        target = urls.join(url, location)
        try:
            urls.check_host(target, http.hosts, http.name)
        except errors.PermanentError as error:
            raise errors.PermanentError(f"{host} redirects elsewhere: {error.reason}", status=status) from error
        return target

    def _judge(self, source: str, host: str, answer: _Answer, *, for_robots: bool, not_modified: bool) -> None:
        """Raise what any answer but a 200 is; the limiter hears of it in any case."""
        limiter = self._limiters[source]
        if answer.status == 200:
            limiter.succeeded()
            return
        if not_modified:
            limiter.succeeded()
            raise errors.NotModifiedError(status=304)
        error = statuses.error_for(answer.status, answer.headers, answer.body, host, self._clock.now())
        # a robots.txt that is refused closes its own host, not the source (see `robots`)
        if statuses.is_throttling(error) and not (for_robots and answer.status == 403):
            limiter.throttled(getattr(error, "retry_after", None), error.reason)
        elif answer.status == 503:
            limiter.overloaded(error.reason)
        raise error

    async def _exchange(
        self, http: SourceHttp, host: str, url: str, headers: Mapping[str, str], *, for_robots: bool
    ) -> _Answer:
        """One request and its answer; no redirects, but aiohttp's own second try on a dead connection."""
        target = urls.on_wire(url, self._mirror)
        body = bytearray()
        flight = FLIGHT.get()
        flight.sent_at = self._time()
        with ErrorsInOurWords(http, host, body, flight, self._time):
            proxy, proxy_headers = proxy_for(self._mirror or url)
            if proxy_headers and target.startswith("http:"):  # no CONNECT that would carry them
                headers = {**headers, **proxy_headers}
            async with (
                self._session(http) as session,
                session.get(
                    URL(target, encoded=True),
                    headers=headers,
                    allow_redirects=False,
                    timeout=_timeout(http.connect_timeout, http.read_timeout),
                    proxy=proxy,
                    proxy_headers=proxy_headers,
                ) as response,
            ):
                if flight.permit is not None and (sent_at := flight.permit.sent_at) is not None:
                    self._limiters[http.name].answered(self._time() - sent_at)
                limit = http.max_response_bytes
                if not await _take_in(response, body, flight.into, limit, for_robots=for_robots):
                    text = f"a body from {host} that is larger than {limit} bytes"
                    raise errors.PermanentError(f"{text}; {to_raise('max_response_bytes', http)}", status=200)
        headers_of_answer = {name.lower(): value for name, value in response.headers.items()}
        return _Answer(response.status, headers_of_answer, bytes(body))

    @functools.cached_property
    def _time(self) -> Callable[[], float]:
        return asyncio.get_running_loop().time

    def _session(self, http: SourceHttp) -> _Session:
        """The source's own: cookies and connections are not shared between sources."""
        session = self._sessions.get(http.name)
        if session is None:
            client = aiohttp.ClientSession(
                connector=Connector(
                    self._limiters[http.name], ttl_dns_cache=_DNS_SECONDS, force_close=not http.keepalive
                ),
                cookie_jar=aiohttp.CookieJar(unsafe=self._mirror is not None),  # a mirror is mostly an IP address
                auto_decompress=False,  # see `codings`
                max_line_size=http.max_header_bytes,
                max_field_size=http.max_header_bytes,
                max_headers=http.max_headers,
            )
            session = self._sessions[http.name] = _Session(client)
        return session


async def _take_in(
    response: aiohttp.ClientResponse, body: bytearray, into: Path | None, limit: int, *, for_robots: bool
) -> bool:
    """Read the body, or what is wanted of it, to where it goes; False if it is a page of more than `limit` bytes."""
    if response.status != 200:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):  # its status says enough
            await read(response, body, _ERROR_BODY_BYTES)
        return True
    if for_robots:
        await read(response, body, robots.MAX_BYTES)
        return True
    if (response.content_length or 0) > limit:
        return False
    if into is not None:
        return await stream(response, into, limit) <= limit
    return await read(response, body, limit)


class _Session:
    """A session that can be retired while requests of it are under way: the last one closes it."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client
        self._users = 0
        self._retired = False

    async def __aenter__(self) -> aiohttp.ClientSession:
        self._users += 1
        return self._client

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if self._retired and not self._users:
            await self._client.close()

    def retire(self) -> None:
        """Nothing new begins with it."""
        self._retired = True
        if not self._users and self._client.connector is not None:
            self._client.connector.close()  # (of a session, only its connector has anything to close)
            self._client.detach()

    async def aclose(self) -> None:
        """Close it, whatever is under way."""
        await self._client.close()


def _headers(http: SourceHttp) -> CIMultiDict[str]:
    headers = CIMultiDict({"User-Agent": http.user_agent, "Accept-Encoding": ACCEPTED})
    headers.update(http.headers)
    return headers


@functools.lru_cache(maxsize=256)
def _timeout(connect: float, read: float) -> aiohttp.ClientTimeout:
    """No total: waiting for a token would be in it. With no limit on connections, `connect` is DNS, TCP and TLS."""
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=read)
