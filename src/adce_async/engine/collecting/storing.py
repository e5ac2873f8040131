"""From a body that was accepted to an object of the lake, and to what is remembered of it: all its keys together.

One body often serves several keys, and each way to a thread or to a database costs more than what is done there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from adce_async.engine.collecting.judgement import Accepted, keep
from adce_async.engine.collecting.services import AttemptServices
from adce_async.engine.fetching import urls
from adce_async.errors import QueueError, StoreError
from adce_async.model.coverage import GapKind, StoredObject
from adce_async.model.task import Task
from adce_async.ports import Judgement, ObjectStore, Provenance
from adce_async.redaction import redact
from adce_async.scraping.base import Page, Scraper

log = structlog.get_logger("adce.attempt")


@dataclass(frozen=True, slots=True)
class Stored:
    """A key whose body is in the lake now; `is_new`: with another content than before."""

    task: Task
    accepted: Accepted
    is_new: bool


def provenance_of(page: Page, scraper: Scraper) -> Provenance:
    """What is kept with the body of `page`: nothing in it is secret, nor signed for a moment."""
    return Provenance(
        urls.kept(page.url), page.fetched_at, scraper.name, scraper.version, redact(page.content_type), page.status,
        redact(page.headers.get("etag", "")), redact(page.headers.get("last-modified", "")),
    )  # fmt: skip


async def put_each(
    store: ObjectStore, page: Page, keys: Sequence[str], provenance: Provenance, renewed: str = ""
) -> Sequence[bool | StoreError]:
    """Of each key whether its content is new, or why it is not stored: an UnstorableError if nobody ever can.

    `renewed`: the key whose object the source says is still current.
    """
    puts = [_put(store, page, key, provenance, renewed=key == renewed) for key in keys]
    if len(puts) == 1:
        return [await puts[0]]
    return await asyncio.gather(*puts)  # what is put in the same turn of the loop is written together


async def _put(store: ObjectStore, page: Page, key: str, provenance: Provenance, *, renewed: bool) -> bool | StoreError:
    try:
        if renewed and await store.renew(key, provenance):
            return False  # its time is another one, its body need not be written for that
        if page.file is None:
            return await store.put(key, page.body, provenance)
        return await store.put_file(key, page.file, provenance)
    except StoreError as error:  # others can be stored all the same
        return error


async def remember(services: AttemptServices, scraper: Scraper, page: Page, stored: Sequence[Stored]) -> None:
    """What these objects name, and what was judged of them, for the etag that they have in the lake."""
    # without its etag a pass took our own object for one that somebody has changed, and its notification for news
    objects = {
        key: StoredObject(key, page.size, services.store.own_tag(key), page.fetched_at, verified=True)
        for key in [one.task.key for one in stored]
    }
    telling = [one for one in stored if one.accepted.found is not None or _says_more(one)]
    if telling:  # its etag tells later whether this is still what it names, so what nobody remembers is looked at
        if untold := [one.task.key for one in telling if not objects[one.task.key].etag]:
            objects |= await services.store.heads(untold)
        tags = {key: scraper.cache_tag(one.etag) for key, one in objects.items()}
        await _keep_what_they_tell(services, telling, tags)
    for object_ in objects.values():
        services.recent.note(object_)
    for one in telling:
        if one.accepted.found is not None:
            services.tap.note(one.task.key, one.accepted.found)


async def _keep_what_they_tell(services: AttemptServices, telling: Sequence[Stored], tags: Mapping[str, str]) -> None:
    found = {
        one.task.key: (tags[one.task.key], one.accepted.found) for one in telling if one.accepted.found is not None
    }
    if found:
        try:
            await services.discoveries.save(found)
        except QueueError as error:
            log.warning("what they name is not remembered", keys=list(found), error=str(error), next="a pass reads it")
    judged = {one.task.key: _tagged(one, tags[one.task.key]) for one in telling if _says_more(one)}
    if judged:
        await keep(services.verifications, judged)


def _tagged(one: Stored, tag: str) -> Judgement:
    return Judgement(tag, one.accepted.judgement.reason, one.accepted.judgement.facts)


def _says_more(one: Stored) -> bool:
    """An object of ours is verified by its provenance: only what says more than that is kept."""
    judgement = one.accepted.judgement
    return bool(judgement.facts or judgement.reason) or one.task.kind is GapKind.INVALID
