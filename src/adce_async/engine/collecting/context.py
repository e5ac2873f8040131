"""What the engine lends a scraper for one attempt: fetching within the limits, checking, storing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from adce_async import errors
from adce_async.engine.collecting.handle import AttemptHandle
from adce_async.engine.collecting.judgement import Accepted, check_each
from adce_async.engine.collecting.services import AttemptServices
from adce_async.engine.collecting.storing import Stored, provenance_of, put_each, remember
from adce_async.engine.fetching import urls
from adce_async.model.coverage import Discovery, GapKind
from adce_async.model.task import Task, Verdict
from adce_async.scraping.base import Page, Scraper, Want

log = structlog.get_logger("adce.attempt")

THREAD_BYTES = 100_000
"""Bodies above this are checked in a thread, so that parsing never holds the loop for long."""


def validators(known: Mapping[str, object]) -> dict[str, str]:
    """The headers that ask for a body only if it is another one than that of the provenance `known`."""
    names = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}
    return {header: str(known[name]) for header, name in names.items() if known.get(name)}


class Context:
    """`ScrapeContext` of one attempt: fetches for its source, saves for its tasks."""

    def __init__(self, services: AttemptServices, handle: AttemptHandle, scraper: Scraper) -> None:
        self._services = services
        self._handle = handle
        self._tasks = {task.key: task for task in handle.tasks}
        self._scraper = scraper
        self.saved: dict[str, Verdict] = {}
        self.refused: dict[str, errors.ScrapeError] = {}
        self.found: dict[str, Discovery | None] = {}
        """What the bodies that were accepted name, by key."""
        self.invalid: dict[str, str] = {}
        """Keys whose body contradicts itself, with the reason."""
        self.size = 0
        self.headers: Mapping[str, str] = {}
        """Of the last answer."""
        self.body: bytes | None = None
        """Of the last answer, its beginning; None if there was no answer with a body."""
        self._renewed: tuple[str, Page] | None = None
        """The key whose object the source says is still current, and the page that was made of it."""
        self._scratch: list[Path] = []
        self._copies: contextlib.AsyncExitStack | None = None
        """Of what the lake holds: good until the attempt is over."""

    async def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Page:
        """See `ScrapeContext`."""
        first = next(iter(self._tasks))
        known: Mapping[str, object] = {}
        if all(task.kind is GapKind.STALE and not task.force for task in self._tasks.values()):
            known = await self._known(first, urls.complete(url, params))
        into = None
        if stream:
            into = self._services.store.scratch()
            self._scratch.append(into)
        try:
            page = await self._services.fetcher.fetch(
                self._scraper.source,
                url,
                params=params,
                headers={**validators(known), **(headers or {})} if known else headers,
                asker=self._handle,
                into=into,
            )
        except errors.NotModifiedError:
            page = await self._as_stored(first, known)
            self._renewed = first, page
        self.size += page.size
        self.headers = page.headers
        self.body = page.body if page.file is None else await asyncio.to_thread(page.start, 65_536)
        return page

    async def _known(self, key: str, url: str) -> Mapping[str, object]:
        """The provenance of what is to be renewed, if it came from `url`."""
        known = await self._services.store.provenance(key) or {}
        return known if known.get("url") == urls.kept(url) else {}

    async def _as_stored(self, key: str, known: Mapping[str, object]) -> Page:
        """What the lake holds, as if it had come again: it is checked like everything."""
        store = self._services.store
        stream = self._scraper.stream
        file = await self._copied(key) if stream else None
        body = b"" if stream else await store.get(key)
        if body is None or (stream and file is None):
            raise errors.TransientError(f"{key} is gone from the lake since it was asked for")
        names = {"content-type": "content_type", "etag": "etag", "last-modified": "last_modified"}
        headers = {header: str(known[name]) for header, name in names.items() if known.get(name)}
        return Page(str(known["url"]), body, 200, headers, self._services.clock.now(), file=file)

    async def _copied(self, key: str) -> Path | None:
        if self._copies is None:
            self._copies = contextlib.AsyncExitStack()
        return await self._copies.enter_async_context(self._services.store.local_copy(key))

    async def clear_up(self) -> None:
        """Give back a token that was not used, and remove what was streamed: what was stored has a name of its own.

        What can't be removed, opening the lake does.
        """
        if self._handle.permits:
            self._handle.permits = 0
            self._services.limiters[self._scraper.source].give_back()
        if self._copies is not None:
            await self._copies.aclose()
        for path in self._scratch:
            try:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            except OSError as failure:
                log.warning("a temporary file stays", path=str(path), why=failure.strerror)

    async def save(self, page: Page, key: str | None = None) -> None:
        """See `ScrapeContext`."""
        wanted = [self._tasks[key]] if key is not None else list(self._tasks.values())
        accepted: list[tuple[Task, Accepted]] = []
        broke: Exception | None = None
        for task, came in zip(wanted, await self._check(page, wanted), strict=False):  # (after a bug comes no more)
            if isinstance(came, Accepted):
                accepted.append((task, came))
                self.found[task.key] = came.found
                if came.judgement.reason:
                    self.invalid[task.key] = came.judgement.reason
            elif isinstance(came, errors.ScrapeError):
                self.refused[task.key] = came
            else:
                broke = came
        if accepted:
            await self._store(page, accepted)
        if broke is not None:
            raise broke
        if not any(task.key in self.saved for task in wanted):
            raise self.refused[wanted[0].key]

    async def _check(self, page: Page, wanted: Sequence[Task]) -> Sequence[Accepted | Exception]:
        """All keys in one go, so that what the body was parsed into is gone before anybody waits for something.

        Held on to, it would be memory that is cold by the time that it is needed, and that the collector of garbage
        walks through: with others' bodies parsed meanwhile, parsing alone took four times as long.
        """
        services, scraper = self._services, self._scraper
        wants = [Want(task.key, task.data_type, task.fields) for task in wanted]

        def check() -> Sequence[Accepted | Exception]:
            try:
                return check_each(scraper, page, wants, services.min_bytes)
            finally:
                page.forget()

        return await asyncio.to_thread(check) if page.size > THREAD_BYTES else check()

    async def _store(self, page: Page, accepted: Sequence[tuple[Task, Accepted]]) -> None:
        services, renewed = self._services, ""
        source = accepted[0][0].source
        if services.owns is not None and not services.owns(source):  # who owns it now may be storing the same key
            raise errors.NotAskedError(f"{source}: another machine stores what is of this source")
        if self._renewed is not None and self._renewed[1] is page:
            renewed = self._renewed[0]
        keys = [task.key for task, _ in accepted]
        stored = []
        failure: errors.StoreError | None = None
        results = await put_each(services.store, page, keys, provenance_of(page, self._scraper), renewed)
        for (task, came), result in zip(accepted, results, strict=True):
            if isinstance(result, errors.UnstorableError):
                self.refused[task.key] = errors.PermanentError(str(result))  # a later attempt can do no better
            elif isinstance(result, errors.StoreError):
                failure = result
            else:
                self.refused.pop(task.key, None)
                self.saved[task.key] = Verdict.STORED if result else Verdict.UNCHANGED
                stored.append(Stored(task, came, is_new=result))
        await remember(services, self._scraper, page, stored)
        for one in stored:
            if reason := one.accepted.judgement.reason:
                self._say_invalid(one, reason, page)
        if failure is not None:
            raise failure

    def _say_invalid(self, one: Stored, reason: str, page: Page) -> None:
        log.warning("stored, but invalid", key=one.task.key, why=reason)
        if one.task.kind is GapKind.INVALID and not one.is_new:  # asking once more brings nothing else
            del self.saved[one.task.key]
            self.refused[one.task.key] = errors.RefusedError(f"the same again: {reason}", head=page.head)


class CheckOnly(Context):
    """A context that checks and keeps nothing: for a question whose answer nobody wants to store."""

    async def _store(self, page: Page, accepted: Sequence[tuple[Task, Accepted]]) -> None:
        for task, _ in accepted:
            self.refused.pop(task.key, None)
            self.saved[task.key] = Verdict.UNCHANGED
