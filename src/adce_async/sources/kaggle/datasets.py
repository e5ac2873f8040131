"""What Kaggle says about a data set. Some members are named `...Nullable`, in some answers within `info`."""

from __future__ import annotations

from typing import Any, ClassVar

from adce_async.errors import (
    AccountError,
    BlockedError,
    DeniedError,
    NotFoundError,
    RefusedError,
    ScrapeError,
    TransientError,
)
from adce_async.model.coverage import Discovery, Item
from adce_async.model.task import Task
from adce_async.scraping.base import Page, ScrapeContext, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.sources.kaggle.account import authorization


class KaggleMetadata(Scraper):
    """What a data set (fields `owner` and `slug`) says of itself."""

    version: ClassVar[str] = "1"

    async def scrape(self, task: Task, ctx: ScrapeContext) -> None:
        """Ask with the operator's account."""
        await ctx.save(await ctx.fetch(self.url_for(task.fields), headers=authorization()))

    def check(self, page: Page, want: Want) -> None:
        """The data set asked for, with a title."""
        with judging(page, html_due=False):
            body = _dataset(page, want.fields["owner"], want.fields["slug"])
            if not _said(body, "title"):
                raise RefusedError("title: required, and not there")


class KaggleView(KaggleMetadata):
    """The current version of a data set (fields `owner` and `slug`)."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The data set asked for, with the number of its version."""
        current_version(page, want.fields["owner"], want.fields["slug"])

    def discover(self, page: Page, want: Want) -> Discovery:
        """The data set with its `owner`, `slug` and `version`."""
        owner, slug = want.fields["owner"], want.fields["slug"]
        version = str(current_version(page, owner, slug))
        return Discovery((Item({"owner": owner, "slug": slug, "version": version}),))


def current_version(page: Page, owner: str, slug: str) -> int:
    """The number of the current version. Raises what `check` has to raise for any other body."""
    with judging(page, html_due=False):
        number = _said(_dataset(page, owner, slug), "currentVersionNumber")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise RefusedError(f"currentVersionNumber: expected a number, found {number!r:.100}")
        return number


def _dataset(page: Page, owner: str, slug: str) -> dict[str, Any]:
    """The body as an object. Raises RefusedError if it is of another data set."""
    body = page.json()
    if not isinstance(body, dict):
        raise RefusedError("expected a JSON object")
    if "code" in body and "message" in body:
        raise _envelope_error(body["code"], f"Kaggle says {body['code']}: {body['message']}")
    names = {
        str(_said(body, "ref")),
        str(_said(body, "id")),
        f"{_said(body, 'ownerUser')}/{_said(body, 'datasetSlug')}",
    }
    if f"{owner}/{slug}".lower() not in {name.lower() for name in names}:
        raise RefusedError(f"expected data set {owner}/{slug}, found {', '.join(sorted(names))[:200]}")
    return body


def _said(body: dict[str, Any], name: str) -> Any:
    info = body.get("info")
    inner = info if isinstance(info, dict) else {}
    found = (place.get(key) for place in (body, inner) for key in (name, f"{name}Nullable"))
    return next((value for value in found if value not in (None, "")), None)


def _envelope_error(code: object, reason: str) -> ScrapeError:
    match code:
        case 404:
            return NotFoundError(reason)
        case 401:
            return AccountError(reason)
        case 403:
            return DeniedError(reason)
        case 429:
            return BlockedError(reason)
        case int() if code >= 500:
            return TransientError(reason)
        case _:
            return RefusedError(reason)
