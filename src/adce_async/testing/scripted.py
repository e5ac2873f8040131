"""A source that answers by script, in place of the HTTP client: for scenarios in virtual time.

    def script(request: ScriptedRequest) -> bytes | tuple[bytes, headers] | ScrapeError | float: ...

Bytes are the body of a 200, alone or with headers (names in lower case), an error is raised, a number of seconds is a
hang that ends in a timeout. Each request takes a token of its source's limiter, like one on the wire, and is logged
with the time at which it was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from adce_async.engine.fetching.asker import Alone, Asker, token_for
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.statuses import is_throttling
from adce_async.errors import BlockedError, ScrapeError, TransientError
from adce_async.ports import Clock
from adce_async.scraping.base import Page


@dataclass(frozen=True, slots=True)
class ScriptedRequest:
    """One request: the `nth` (from 0) for this URL, sent at `at` (loop time, seconds)."""

    source: str
    url: str
    params: Mapping[str, str]
    nth: int
    at: float
    headers: Mapping[str, str] = field(default_factory=dict)


ScriptedResponse = bytes | tuple[bytes, Mapping[str, str]] | ScrapeError | float
Script = Callable[[ScriptedRequest], ScriptedResponse]


class ScriptedSources:
    """Satisfies `engine.collecting.context.Fetcher`."""

    def __init__(
        self, script: Script, limiters: Mapping[str, RateLimiter], clock: Clock, *, latency: float = 0.1
    ) -> None:
        """`latency`: seconds that each answer takes."""
        self.log: list[ScriptedRequest] = []
        self.under_way = 0
        self.most_under_way = 0
        self._script = script
        self._limiters = limiters
        self._clock = clock
        self._latency = latency
        self._times: dict[str, int] = {}

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
        """Answer by script, after a token and the latency."""
        limiter = self._limiters[source]
        permit = await token_for(asker or Alone(), limiter)
        permit.sent()
        full = url + "".join(f"&{name}={value}" for name, value in sorted((params or {}).items()))
        nth = self._times[full] = self._times.get(full, -1) + 1
        request = ScriptedRequest(
            source, full, dict(params or {}), nth, asyncio.get_running_loop().time(), dict(headers or {})
        )
        self.log.append(request)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            page = await self._answer(request, limiter)
            if into is None:
                return page
            await asyncio.to_thread(into.write_bytes, page.body)
            return replace(page, body=b"", file=into)
        finally:
            self.under_way -= 1

    async def _answer(self, request: ScriptedRequest, limiter: RateLimiter) -> Page:
        answer = self._script(request)
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            raise TransientError(f"{request.source} was silent for {answer:g} s")
        await asyncio.sleep(self._latency)
        if isinstance(answer, ScrapeError):
            if is_throttling(answer) and (not isinstance(answer, BlockedError) or answer.by_status):
                limiter.throttled(getattr(answer, "retry_after", None), answer.reason)
            elif answer.status == 503:
                limiter.overloaded(answer.reason)
            raise answer
        limiter.succeeded()
        body, answer_headers = answer if isinstance(answer, tuple) else (answer, {})
        return Page(request.url, body, headers=answer_headers, fetched_at=self._clock.now())

    def sent(self, source: str) -> list[float]:
        """When requests went to `source`."""
        return [request.at for request in self.log if request.source == source]


def worst_window(times: list[float], seconds: float) -> int:
    """The most requests in any half-open window of that length; `times` in order.

    >>> worst_window([0.0, 1.0, 1.5, 2.0], 1.0)
    2
    """
    worst = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= seconds:
            first += 1
        worst = max(worst, last - first + 1)
    return worst
