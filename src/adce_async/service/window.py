"""What is served over HTTP of running parts: documents, lists, actions, events and pages, made once."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp.web import RouteDef

from adce_async.app import Parts
from adce_async.service.actions import Actions
from adce_async.service.cluster_node import cluster_document
from adce_async.service.documents import Documents
from adce_async.service.event_stream import KINDS, EventStream
from adce_async.service.last_look import LastLook
from adce_async.service.lists import Lists
from adce_async.service.pages import ServicePages
from adce_async.service.plans import Plans
from adce_async.service.since_look import SinceLook
from adce_async.web.cluster import cluster_route
from adce_async.web.page.routes import page_routes
from adce_async.web.plan import plan_route
from adce_async.web.server import Site


class Window:
    """Everything that one can look at, and do, from outside."""

    def __init__(
        self,
        parts: Parts,
        cycles: Callable[[], int],
        next_pass: Callable[[], float | None],
        actions: Actions | None = None,
    ) -> None:
        """`cycles()`: passes that are done; `next_pass()`: seconds until the next one, None if none is due.

        `actions`: None where nobody may do anything.
        """
        self._parts = parts
        self._since = SinceLook()
        self.look = LastLook(parts, self._since)
        self.documents = Documents(parts, cycles, next_pass, self._since, self.look)
        self.actions = actions
        self._plans = Plans(parts, self.look)
        self._stream = EventStream(parts.events, f"{parts.ports.clock.now():.0f}")
        self._pages = ServicePages(
            parts, next_pass, self._since, plans=self._plans, look=self.look, acts=actions is not None
        )

    @contextlib.asynccontextmanager
    async def feeding(self) -> AsyncIterator[None]:
        """While the block runs, what happens is kept for who watches."""
        async with self._stream.feeding(), self._since.feeding(self._parts.events):
            try:
                yield
            finally:
                await self._plans.close()

    def _cluster(self) -> Sequence[RouteDef]:
        membership = self._parts.ports.membership
        return () if membership is None else (cluster_route(lambda: cluster_document(membership.view)),)

    def site(self, *more: RouteDef) -> Site:
        """What is served, and `more`."""
        return Site(
            self.documents, Lists(self._parts), self.actions, self._stream.follow, frozenset(KINDS.values()),
            more=(*more, *self._cluster(), plan_route(self._plans.plan), *page_routes(self._pages)),
        )  # fmt: skip
