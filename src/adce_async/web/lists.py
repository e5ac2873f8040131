"""GET of the lists: `/tasks`, `/gaps`, `/parked`, `/history`, `/notes`, `/sources`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from adce_async.web.answers import Document, table
from adce_async.web.paging import Page, page_of


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; `more`: what stands beside the rows."""

    rows: Sequence[Document]
    more: Mapping[str, object] = field(default_factory=dict)


class Lists(Protocol):
    """What can be listed."""

    async def tasks(self, page: Page) -> Listing:
        """What runs and what waits, in the order in which it would start."""
        ...

    async def gaps(self, page: Page) -> Listing:
        """What is missing, stale, small or invalid, by key."""
        ...

    async def parked(self, page: Page) -> Listing:
        """The dead-letter list."""
        ...

    async def history(self, page: Page) -> Listing:
        """The last attempts."""
        ...

    async def notes(self, page: Page) -> Listing:
        """What was done and decided."""
        ...

    async def sources(self, page: Page) -> Listing:
        """The sources."""
        ...


FILTERS: Mapping[str, tuple[str, ...]] = {
    "tasks": ("source", "scraper", "data_type", "season", "kind", "priority", "state", "key"),
    "gaps": ("source", "data_type", "season", "kind", "priority", "state", "key"),
    "parked": ("source", "scraper", "data_type", "season", "kind", "key"),
    "history": ("source", "scraper", "key"),
    "notes": ("kind",),
    "sources": ("source",),
}
"""Name of each list, and of what it can be narrowed down by."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "tasks": (
        "key", "state", "source", "scraper", "data_type", "season", "kind", "priority", "score", "attempts",
        "not_before", "waits_for", "detected_at", "reason",
    ),
    "gaps": ("key", "source", "data_type", "season", "kind", "priority", "reason", "state", "detected_at"),
    "parked": (
        "key", "source", "scraper", "data_type", "season", "kind", "reason", "attempts", "parked_at", "last_status",
    ),
    "history": ("at", "key", "source", "scraper", "verdict", "reason", "seconds", "bytes"),
    "notes": ("at", "kind", "text"),
    "sources": ("source", "hosts", "width", "running", "held", "trouble", "queued"),
}  # fmt: skip
"""What each row of a list has, so that a CSV without rows has its heading, too."""


def list_routes(lists: Lists) -> list[web.RouteDef]:
    """A route a list."""
    return [web.get(f"/{name}", _handler(name, getattr(lists, name))) for name in FILTERS]


def _handler(
    name: str, listing: Callable[[Page], Awaitable[Listing]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        page = page_of(request, FILTERS[name])
        found = await listing(page)
        return table(
            request, name, found.rows, {**found.more, "limit": page.limit, "offset": page.offset}, COLUMNS[name]
        )

    return handler
