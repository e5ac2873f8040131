"""robots.txt (RFC 9309): asked for once a day and host, over restarts, on the same limited path as everything else."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from protego import Protego

from adce_async.engine import urls
from adce_async.engine.slots import stepped_out
from adce_async.errors import PermanentError, QueueError, ScrapeError, TransientError, UnreachableError
from adce_async.ports import Clock, StateStore

PRODUCT_TOKEN = "adce-async"  # noqa: S105 - what robots.txt calls us, whatever our User-Agent says
MAX_BYTES = 512_000
"""What is read of a robots.txt; RFC 9309 asks for at least 500 KiB."""
FRESH_SECONDS = 24 * 3600.0
RETRY_SECONDS = 60.0
LONGEST_CRAWL_DELAY = 24 * 3600.0


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
    ) -> None:
        """`memory`: where they outlive the process, which must not ask for each of them at each start."""
        self._fetch = fetch
        self._crawl_delay = crawl_delay
        self._clock = clock
        self._memory = memory
        self._token = token
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def allowed(self, source: str, url: str) -> None:
        """Return if `url` may be fetched.

        Raises PermanentError if robots.txt disallows it, TransientError if it can't be had now (5xx,
        unreachable). No robots.txt (any 4xx) and one that leads to foreign hosts disallow nothing.
        """
        key = (source, urls.origin(url))
        while (entry := self._known(key)) is None:
            lock = self._locks[key]
            if lock.locked():  # the first caller asks; should it be cancelled, the next one does
                async with stepped_out(), lock:
                    continue
            async with lock:
                entry = self._entries[key] = await self._ask(key)
                self._tell_delay(source)
                break
        if entry.rules is None:  # nothing was asked for, so it is no attempt at anything
            wait = entry.until - asyncio.get_running_loop().time()
            raise UnreachableError(entry.failure, retry_after=max(0.0, wait))
        if not entry.rules.can_fetch(url, self._token):
            raise PermanentError(f"robots.txt of {urls.split(url).host} disallows {urls.path_of(url)}")

    def _known(self, key: tuple[str, str]) -> _Entry | None:
        entry = self._entries.get(key)
        return entry if entry and entry.until > asyncio.get_running_loop().time() else None

    async def _ask(self, key: tuple[str, str]) -> _Entry:
        source, origin = key
        time = asyncio.get_running_loop().time
        known, age = await self._recall(key)
        if known is not None:
            return _Entry(time() + FRESH_SECONDS - age, await asyncio.to_thread(Protego.parse, known))
        try:
            body = await self._fetch(source, f"{origin}/robots.txt")
        except TransientError as error:
            failure = f"robots.txt of {urls.split(origin).host} can't be had: {error.reason}"
            return _Entry(time() + RETRY_SECONDS, None, failure)
        except ScrapeError:
            body = b""
        text = body.decode("utf-8-sig", "replace")
        await self._remember(key, text)
        return _Entry(time() + FRESH_SECONDS, await asyncio.to_thread(Protego.parse, text))

    async def _recall(self, key: tuple[str, str]) -> tuple[str | None, float]:
        """What was remembered and how old it is, in seconds; None if nothing fresh was."""
        with contextlib.suppress(QueueError, ValueError, TypeError, KeyError):
            kept = orjson.loads(await self._memory.get_text(name_of(*key)) or "{}") if self._memory else {}
            age = self._clock.now() - float(kept["at"])
            if 0 <= age < FRESH_SECONDS:
                return str(kept["text"]), age
        return None, 0.0

    async def _remember(self, key: tuple[str, str], text: str) -> None:
        if self._memory is not None:
            with contextlib.suppress(QueueError):  # asked again after a restart, that is all
                kept = orjson.dumps({"at": self._clock.now(), "text": text}).decode()
                await self._memory.set_text(name_of(*key), kept)

    def _tell_delay(self, source: str) -> None:
        """A failed renewal keeps the delay of the other hosts only; nothing is sent to this one meanwhile."""
        delays = [
            entry.rules.crawl_delay(self._token) or 0.0
            for (of, _), entry in self._entries.items()
            if of == source and entry.rules is not None
        ]
        self._crawl_delay(source, min(max(delays, default=0.0), LONGEST_CRAWL_DELAY))


def name_of(source: str, origin: str) -> str:
    """Under which a host's robots.txt is remembered: JSON with the `text`, and `at`, seconds since the epoch."""
    return f"robots {source} {origin}"
