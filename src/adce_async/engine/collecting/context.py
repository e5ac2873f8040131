"""What the engine lends a scraper for one attempt: fetching within the limits, checking, storing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import structlog

from adce_async import errors
from adce_async.engine.collecting.discovering import discover
from adce_async.engine.collecting.handle import AttemptHandle
from adce_async.engine.collecting.judgement import judge_accepted, keep
from adce_async.engine.fetching import urls
from adce_async.engine.fetching.asker import Asker
from adce_async.model.coverage import Discovery, GapKind, StoredObject
from adce_async.model.task import Task, Verdict
from adce_async.ports import Clock, DiscoveryCache, Judgement, ObjectStore, Provenance, Verifications
from adce_async.redaction import redact
from adce_async.scraping.base import Page, Scraper, Want

log = structlog.get_logger("adce.attempt")

THREAD_BYTES = 100_000
"""Bodies above this are checked in a thread, so that parsing never holds the loop for long."""


class Fetcher(Protocol):
    """The HTTP client as an attempt sees it."""

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
        """GET within the source's limits, for `asker`; `into`: a file for the body."""
        ...


class Refusable(Protocol):
    """What an attempt tells the limiter of its source."""

    def throttled(self, retry_after: float | None, reason: str) -> None:
        """The source refuses us."""
        ...

    @property
    def cooling_until(self) -> float | None:
        """Until when it cools, or None."""
        ...

    def give_back(self) -> None:
        """The token that was taken for an attempt is not needed."""
        ...


def validators(known: Mapping[str, object]) -> dict[str, str]:
    """The headers that ask for a body only if it is another one than that of the provenance `known`."""
    names = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}
    return {header: str(known[name]) for header, name in names.items() if known.get(name)}


def provenance_of(page: Page, scraper: Scraper) -> Provenance:
    """What is kept with the body of `page`: nothing in it is secret, nor signed for a moment."""
    return Provenance(
        urls.kept(page.url), page.fetched_at, scraper.name, scraper.version, redact(page.content_type), page.status,
        redact(page.headers.get("etag", "")), redact(page.headers.get("last-modified", "")),
    )  # fmt: skip


class Recent:
    """Objects stored lately: a listing that was under way meanwhile may have missed them."""

    def __init__(self) -> None:
        self._objects: dict[str, StoredObject] = {}

    def note(self, stored: StoredObject) -> None:
        """`stored` is in the lake."""
        self._objects[stored.key] = stored

    def begin(self) -> None:
        """A listing begins: what was stored before is in it."""
        self._objects.clear()

    def all(self) -> Mapping[str, StoredObject]:
        """What was stored since `begin`."""
        return dict(self._objects)


@dataclass(slots=True)
class AttemptServices:
    """What all attempts work with. `min_bytes`: by data type (`source.name`)."""

    fetcher: Fetcher
    limiters: Mapping[str, Refusable]
    store: ObjectStore
    discoveries: DiscoveryCache
    verifications: Verifications | None
    recent: Recent
    clock: Clock
    min_bytes: Mapping[str, int]

    def apply(self, min_bytes: Mapping[str, int]) -> None:
        """What bodies have to hold at least, from the next check on."""
        self.min_bytes = min_bytes


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
        self._copies = contextlib.AsyncExitStack()
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
        file = await self._copies.enter_async_context(store.local_copy(key)) if stream else None
        body = b"" if stream else await store.get(key)
        if body is None or (stream and file is None):
            raise errors.TransientError(f"{key} is gone from the lake since it was asked for")
        names = {"content-type": "content_type", "etag": "etag", "last-modified": "last_modified"}
        headers = {header: str(known[name]) for header, name in names.items() if known.get(name)}
        return Page(str(known["url"]), body, 200, headers, self._services.clock.now(), file=file)

    async def clear_up(self) -> None:
        """Give back a token that was not used, and remove what was streamed: what was stored has a name of its own.

        What can't be removed, opening the lake does.
        """
        if self._handle.permits:
            self._handle.permits = 0
            self._services.limiters[self._scraper.source].give_back()
        await self._copies.aclose()
        for path in self._scratch:
            try:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            except OSError as failure:
                log.warning("a temporary file stays", path=str(path), why=failure.strerror)

    async def save(self, page: Page, key: str | None = None) -> None:
        """See `ScrapeContext`."""
        wanted = [self._tasks[key]] if key is not None else list(self._tasks.values())
        for task in wanted:
            want = Want(task.key, task.data_type, task.fields)
            try:
                found, judgement = await self._check(page, want)
            except errors.ScrapeError as error:
                self.refused[task.key] = error
                continue
            self.found[task.key] = found
            if judgement.reason:
                self.invalid[task.key] = judgement.reason
            try:
                await self._store(page, task, found, judgement)
            except errors.UnstorableError as error:  # a later attempt can do no better, and others can be stored
                self.refused[task.key] = errors.PermanentError(str(error))
        if not any(task.key in self.saved for task in wanted):
            raise self.refused[wanted[0].key]

    async def _check(self, page: Page, want: Want) -> tuple[Discovery | None, Judgement]:
        def check() -> tuple[Discovery | None, Judgement]:
            least = self._services.min_bytes.get(f"{self._scraper.source}.{want.data_type}", 0)
            if page.size < least:
                raise errors.RefusedError(f"{page.size} bytes, at least {least} expected (min_bytes)")
            self._scraper.check(page, want)
            return discover(self._scraper, page, want), judge_accepted(self._scraper, page, want)

        return await asyncio.to_thread(check) if page.size > THREAD_BYTES else check()

    async def _store(self, page: Page, task: Task, found: Discovery | None, judgement: Judgement) -> None:
        store = self._services.store
        provenance = provenance_of(page, self._scraper)
        if self._renewed == (task.key, page) and await store.renew(task.key, provenance):
            is_new = False  # its time is another one, its body need not be written for that
        elif page.file is None:
            is_new = await store.put(task.key, page.body, provenance)
        else:
            is_new = await store.put_file(task.key, page.file, provenance)
        self.refused.pop(task.key, None)
        self.saved[task.key] = Verdict.STORED if is_new else Verdict.UNCHANGED
        stored = StoredObject(task.key, page.size, "", page.fetched_at, verified=True)
        # an object of ours is verified by its provenance: only what says more than that is kept
        judged = bool(judgement.facts or judgement.reason) or task.kind is GapKind.INVALID
        if found is not None or judged:
            stored = await store.head(task.key) or stored  # its etag tells later whether this is still what it names
        tag = self._scraper.cache_tag(stored.etag)
        if found is not None:
            try:
                await self._services.discoveries.save({task.key: (tag, found)})
            except errors.QueueError as error:
                log.warning("what it names is not remembered", key=task.key, error=str(error), next="a pass reads it")
        if judged:
            await keep(self._services.verifications, task.key, replace(judgement, tag=tag))
        self._services.recent.note(stored)
        if judgement.reason:
            log.warning("stored, but invalid", key=task.key, why=judgement.reason)
            if task.kind is GapKind.INVALID and not is_new:  # asking once more brings nothing else
                del self.saved[task.key]
                self.refused[task.key] = errors.RefusedError(f"the same again: {judgement.reason}", head=page.head)


class CheckOnly(Context):
    """A context that checks and keeps nothing: for a question whose answer nobody wants to store."""

    async def _store(self, page: Page, task: Task, found: Discovery | None, judgement: Judgement) -> None:
        self.refused.pop(task.key, None)
        self.saved[task.key] = Verdict.UNCHANGED
