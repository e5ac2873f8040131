"""robots.txt (RFC 9309): asked for once a day and host, over restarts, on the same limited path as everything else.

What an answer means: 200 has the rules (none, if it is an HTML page); 404, 410, a redirect elsewhere and any other 4xx
say that there are none. *Unavailable now* are 429, a 403 (but that with which S3 says that it has no such file), a
block page, 5xx, and no answer at all: nothing is fetched from the host until it answers, or until a time has passed
that is said with it: an hour for a plain 403 (RFC 9309 would take it for "no rules" at once, and there are hosts that
never answer anything else), a day for 429 and block pages, thirty days for who fails (that of the RFC). After that it
counts as if there were none. It is asked again after a minute, then ever more rarely, once an hour at least, whatever
it counts as, and never before `Retry-After`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import structlog
from protego import Protego

from adce_async.engine.fetching import urls
from adce_async.engine.fetching.asker import Alone, Asker
from adce_async.errors import (
    AccountError,
    BlockedError,
    DeniedError,
    LaterError,
    NotAskedError,
    PermanentError,
    QueueError,
    ScrapeError,
    TransientError,
    UnreachableError,
)
from adce_async.model.days import DAY, iso
from adce_async.model.limits import LONG_WAIT
from adce_async.ports import Clock, StateStore
from adce_async.redaction import redact
from adce_async.scraping.base import Page
from adce_async.scraping.blocked import is_html, refuse_block_pages

log = structlog.get_logger("adce.robots")

PRODUCT_TOKEN = "adce-async"  # noqa: S105 - what robots.txt calls us, whatever our User-Agent says
MAX_BYTES = 512_000
"""What is read of a robots.txt; RFC 9309 asks for at least 500 KiB."""
FRESH_SECONDS = 24 * 3600.0
RETRY_SECONDS = (60.0, 3600.0)
"""Until it is asked again while it can't be had: at first, and at most."""
FORBIDDEN_SECONDS, REFUSED_SECONDS, FAILED_SECONDS = 3600.0, DAY, 30 * DAY
"""How long nothing is fetched from a host whose robots.txt is answered with 403, is refused otherwise, or fails."""
FORGOTTEN_SECONDS = 2 * DAY
"""What was not asked for so long begins anew."""
LONGEST_CRAWL_DELAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Since when a robots.txt can't be had, and why; times are wall-clock seconds."""

    since: float
    asked: float
    again: float
    tries: int
    until: float
    """When it counts as if there were none."""
    why: str

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Unavailable:
        """From what was remembered. Raises KeyError, TypeError or ValueError if it is none."""
        numbers = [float(kept[name]) for name in ("since", "asked", "again", "tries", "until")]
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"not a time: {kept!r}")
        since, asked, again, tries, until = numbers
        return cls(since, asked, again, int(tries), until, str(kept["why"]))

    def text(self, host: str) -> str:
        """For people."""
        return (
            f"robots.txt of {host} can't be had: {self.why}; nothing is fetched from it until it answers, or until "
            f"{iso(self.until)}: then it counts as if there were none; next try {iso(self.again)}"
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is known of one host, until a loop time; no `rules` but a `failure` if it could not be found out."""

    until: float
    rules: Protego | None
    failure: str = ""


class Robots:
    """Says which URLs may be fetched.

    `fetch(source, url)` returns the body (at most MAX_BYTES of it) or raises a ScrapeError; `crawl_delay(source,
    seconds)` is told the longest `Crawl-delay` of the source's hosts, 0 if there is none.
    """

    def __init__(
        self,
        fetch: Callable[[str, str], Awaitable[bytes]],
        crawl_delay: Callable[[str, float], None],
        clock: Clock,
        memory: StateStore | None = None,
        token: str = PRODUCT_TOKEN,
        tell: Callable[[str, str], object] = lambda _name, _text: None,
    ) -> None:
        """`tell(name, text)`: what can't be had, '' is recovery.

        `memory`: where they outlive the process, which must not ask for each of them at each start.
        """
        self._tell = tell
        self._fetch = fetch
        self._crawl_delay = crawl_delay
        self._clock = clock
        self._memory = memory
        self._token = token
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._askers: dict[tuple[str, str], Asker] = {}
        """Who asks for a robots.txt just now; the others wait for him."""
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def allowed(self, source: str, url: str, asker: Asker | None = None) -> None:
        """Return if `url` may be fetched by `asker` (None: by nobody in particular).

        Raises PermanentError if robots.txt disallows it, UnreachableError while it can't be had: a NotAskedError if
        other hosts of the source are asked meanwhile.
        """
        key = (source, urls.origin(url))
        asker = asker or Alone()
        while (entry := self._known(key)) is None:
            lock = self._locks[key]
            if lock.locked():  # the first caller asks; should it be cancelled, the next one does
                async with asker.stepped_out(lambda: self._wait_of(key)), lock:
                    continue
            async with lock:
                self._askers[key] = asker
                try:
                    entry = self._entries[key] = await self._ask(key)
                finally:
                    del self._askers[key]
                self._tell_delay(source)
                break
        if entry.rules is None:  # nothing was asked for, so it is no attempt at anything
            wait = max(0.0, entry.until - asyncio.get_running_loop().time())
            others = any(of == source and other.rules is not None for (of, _), other in self._entries.items())
            raise (NotAskedError if others else UnreachableError)(entry.failure, retry_after=wait)
        if not entry.rules.can_fetch(url, self._token):
            raise PermanentError(f"robots.txt of {urls.split(url).host} disallows {urls.shown(url)}")

    def _wait_of(self, key: tuple[str, str]) -> float:
        """Seconds that who asks for this robots.txt has to wait for a token still."""
        asker = self._askers.get(key)
        return asker.wait() if asker is not None else 0.0

    def _known(self, key: tuple[str, str]) -> _Entry | None:
        entry = self._entries.get(key)
        return entry if entry and entry.until > asyncio.get_running_loop().time() else None

    async def _ask(self, key: tuple[str, str]) -> _Entry:
        source, origin = key
        kept = await self._recall(key)
        if isinstance(kept, tuple):
            text, age = kept
            return await self._rules(text, FRESH_SECONDS - age)
        if kept is not None and self._clock.now() < kept.again:
            return self._held(key, kept)
        url = f"{origin}/robots.txt"
        try:
            body = await self._fetch(source, url)
            refuse_block_pages(Page(url, body))
        except ScrapeError as error:
            seconds = _patience(error)
            if seconds is not None:
                return await self._unavailable(key, kept, error, seconds)
            body = b""
        text = _text(body)
        await self._remember(key, {"at": self._clock.now(), "text": redact(text)})
        self._tell(_trouble_of(origin), "")
        return await self._rules(text, FRESH_SECONDS)

    async def _unavailable(
        self, key: tuple[str, str], before: Unavailable | None, error: ScrapeError, seconds: float
    ) -> _Entry:
        now = self._clock.now()
        since, tries = (before.since, before.tries + 1) if before else (now, 1)
        until = since + seconds
        if now >= until:
            found = Unavailable(since, now, now + RETRY_SECONDS[1], tries, until, error.reason)
            await self._remember(key, asdict(found))
            log.warning(
                "robots.txt counts as if there were none", host=_host(key), since=iso(since), why=error.reason,
                next=f"asked again {iso(found.again)}",
            )  # fmt: skip
            self._tell(_trouble_of(key[1]), "")
            return await self._rules("", RETRY_SECONDS[1])
        asked_for = (error.retry_after or 0.0) if isinstance(error, LaterError) else 0.0
        wait = max(min(RETRY_SECONDS[0] * 2.0 ** min(tries - 1, 32), RETRY_SECONDS[1]), asked_for)
        found = Unavailable(since, now, min(now + wait, until), tries, until, error.reason)
        await self._remember(key, asdict(found))
        return self._held(key, found)

    def _held(self, key: tuple[str, str], found: Unavailable) -> _Entry:
        text = found.text(_host(key))
        wait = found.again - self._clock.now()
        if self._clock.now() >= found.until:  # it counts as if there were none, until it is asked again
            return _Entry(asyncio.get_running_loop().time() + wait, Protego.parse(""))
        self._tell(_trouble_of(key[1]), text)
        return _Entry(asyncio.get_running_loop().time() + wait, None, text)

    async def _rules(self, text: str, seconds: float) -> _Entry:
        until = asyncio.get_running_loop().time() + seconds
        return _Entry(until, await asyncio.to_thread(Protego.parse, text))

    async def _recall(self, key: tuple[str, str]) -> tuple[str, float] | Unavailable | None:
        """What was remembered and is fresh: the text and its age in seconds, or that it can't be had."""
        if self._memory is None:
            return None
        with contextlib.suppress(QueueError, ValueError, TypeError, KeyError):
            kept = orjson.loads(await self._memory.get_text(name_of(*key)) or "{}")
            now = self._clock.now()
            if "since" in kept:
                found = Unavailable.of(kept)
                fresh = 0 <= now - found.asked < FORGOTTEN_SECONDS and found.again - now <= FRESH_SECONDS
                return found if fresh else None
            age = now - float(kept["at"])
            if 0 <= age < FRESH_SECONDS:
                return str(kept["text"]), age
        return None

    async def _remember(self, key: tuple[str, str], what: dict[str, object]) -> None:
        if self._memory is not None:
            with contextlib.suppress(QueueError):  # asked again after a restart, that is all
                await self._memory.set_text(name_of(*key), orjson.dumps(what).decode())

    def _tell_delay(self, source: str) -> None:
        """A failed renewal keeps the delay of the other hosts only; nothing is sent to this one meanwhile."""
        for (of, origin), entry in self._entries.items():
            if of == source and entry.rules is not None:
                delay = _kept_delay([entry.rules], self._token)
                said = _long_delay(urls.split(origin).host, delay) if delay > LONG_WAIT else ""
                self._tell(_trouble_of(origin), said)
        known = (entry.rules for (of, _), entry in self._entries.items() if of == source and entry.rules is not None)
        self._crawl_delay(source, _kept_delay(known, self._token))


def _patience(error: ScrapeError) -> float | None:
    """Seconds for which `error` keeps us from fetching anything; None if it says that there are no rules."""
    match error:
        case AccountError():
            return None
        case BlockedError() | DeniedError():
            return FORBIDDEN_SECONDS if error.status == 403 else REFUSED_SECONDS
        case TransientError():
            return FAILED_SECONDS
        case _:  # without a status nothing was said about the file
            return None if error.status is not None else FAILED_SECONDS


def _text(body: bytes) -> str:
    """The lines of a robots.txt; none of a page for people."""
    if len(body) >= MAX_BYTES:  # half a line could disallow more than the whole one
        body = body[: body.rfind(b"\n", 0, MAX_BYTES) + 1]
    if is_html(body):
        return ""
    wide = body[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = body.decode("utf-16" if wide else "utf-8-sig", "replace")
    return text.replace("\0", "").replace("\r", "\n")


def _host(key: tuple[str, str]) -> str:
    return urls.split(key[1]).host


def _trouble_of(origin: str) -> str:
    return f"robots.txt of {urls.split(origin).host}"


def name_of(source: str, origin: str) -> str:
    """Under which a host's robots.txt is remembered, as JSON.

    `{text, at}` (seconds since the epoch), or the members of `Unavailable`.
    """
    return f"robots {source} {origin}"


def remembered_delay(text: str, now: float) -> float | None:
    """The `Crawl-delay` in seconds, as it is kept, of what was remembered under `name_of`; None if none is fresh."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        kept = orjson.loads(text)
        if 0 <= now - float(kept["at"]) < FRESH_SECONDS:
            return _kept_delay([Protego.parse(str(kept["text"]))], PRODUCT_TOKEN)
    return None


def _kept_delay(rules: Iterable[Protego], token: str) -> float:
    """The longest `Crawl-delay`, a day at most; what is no positive number asks for nothing."""
    delays = (each.crawl_delay(token) or 0.0 for each in rules)
    return min(max((delay for delay in delays if delay > 0), default=0.0), LONGEST_CRAWL_DELAY)  # (NaN is not > 0)


def remembered_trouble(text: str, host: str, now: float) -> str:
    """What `Robots` remembered under `name_of`, if nothing may be fetched, or hardly anything: in words, else ''."""
    if (delay := remembered_delay(text, now) or 0.0) > LONG_WAIT:
        return _long_delay(host, delay)
    with contextlib.suppress(ValueError, TypeError, KeyError):
        found = Unavailable.of(orjson.loads(text))
        if now < found.until and now - found.asked < FORGOTTEN_SECONDS:
            return found.text(host)
    return ""


def _long_delay(host: str, delay: float) -> str:
    most = ", the most that is kept" if delay >= LONGEST_CRAWL_DELAY else ""
    return f"robots.txt of {host} asks for {delay:g} s between requests (Crawl-delay){most}"
