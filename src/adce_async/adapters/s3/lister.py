"""Lists a bucket page by page, so that what comes of it is exact or nothing.

Each page is asked for by the last key of the one before (`StartAfter`), never by a token: so a page that fails can be
asked for again, by this process or the next; a page that comes twice brings nothing new; and one that breaks off is
no end. Keys come in the order of their UTF-8 bytes, each once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import structlog

from adce_async.adapters.s3.errors import FAILURES, NO_S3, failure_of, is_cut_short
from adce_async.adapters.s3.list_page import BrokenPageError, Page, read_page
from adce_async.errors import StoreUnreachableError

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

log = structlog.get_logger("adce.listing")

TRIES = 8
"""Times that one page is asked for before the listing fails; each time the client asks several times itself."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two of these tries: at first and at most, with full jitter."""
_BUSY = frozenset({"SlowDown", "503", "ServiceUnavailable", "RequestTimeout", "InternalError", "Throttling"})
_RAW = "RawPage"

_as_it_is: ContextVar[bool] = ContextVar("page_as_it_is", default=False)
"""True where the client is to leave its hands off the page. (Nothing else is handed from a call to its handlers.)"""


class Lister:
    """Lists `bucket` through `client`."""

    def __init__(
        self, client: S3Client, bucket: str, *, chance: Callable[[], float] = random.random, page_size: int = 1000
    ) -> None:
        """`chance()`: uniform in [0, 1), for jitter."""
        self._client = client
        self._bucket = bucket
        self._chance = chance
        self._page_size = page_size
        # registered under one name, so that another lister with the same client replaces it
        client.meta.events.register("before-parse.s3.ListObjectsV2", _leave_raw, unique_id="adce-listing")

    async def pages(self, prefix: str = "", start_after: str = "") -> AsyncIterator[Page]:
        """All keys that begin with `prefix` and come after `start_after`.

        Raises StoreError when a page can't be had after several tries; then what came so far is no whole listing.
        """
        last, more = start_after, True
        while more:
            page = await self._next(prefix, last)
            more = page.more
            if page.keys:
                last = page.keys[-1]
                yield page

    async def _next(self, prefix: str, last: str) -> Page:
        """The page after `last`, with whatever tries it takes."""
        for failed in range(TRIES):
            try:
                return await self._ask(prefix, last)
            except StoreUnreachableError as error:
                if failed + 1 == TRIES or (not last and not isinstance(error, _AgainError)):
                    raise  # with nothing listed yet, waiting would only hide that there is no way
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**failed) * self._chance()
                log.info("a page is asked for again", after=last, why=str(error), seconds=round(pause, 1))
                await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _ask(self, prefix: str, last: str) -> Page:
        place = f"s3://{self._bucket}/{prefix}"
        options: dict[str, Any] = {"StartAfter": last} if last else {}
        token = _as_it_is.set(True)
        try:
            answer: Any = await self._client.list_objects_v2(
                Bucket=self._bucket, Prefix=prefix, MaxKeys=self._page_size, **options
            )
        except FAILURES as error:
            failure = failure_of(error, place, "listing")
            if failure.code in _BUSY or failure.status >= 500 or is_cut_short(error):
                raise _AgainError(failure.text) from error
            raise failure.to_store() from error
        finally:
            _as_it_is.reset(token)
        try:
            page = read_page(answer[_RAW])
        except BrokenPageError as error:
            raise _AgainError(f"{place}: {error}; {NO_S3}") from error
        found = page.after(last)
        if found.more and not found.keys:
            came = "the same page of the listing came again" if page.keys else "a page is empty and not the last one"
            raise _AgainError(f"{place}: {came}")
        return found


class _AgainError(StoreUnreachableError):
    """Private: the page may be had with another try; where none helps, it says nothing about the lake."""


def _leave_raw(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """A handler of botocore's: hands out the body of a page as it is, and gives the parser an empty one."""
    if _as_it_is.get() and response_dict["status_code"] < 300:
        customized_response_dict[_RAW] = response_dict["body"]
        response_dict["body"] = b"<ListBucketResult/>"
