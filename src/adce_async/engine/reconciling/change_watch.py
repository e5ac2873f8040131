"""Takes in what others say has changed in the lake, as soon as they say it. A hint, never the truth: losing all of it
costs one interval, since the next pass looks for itself.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import structlog

from adce_async.error_text import error_text
from adce_async.errors import AdceError
from adce_async.model.stored_change import StoredChange
from adce_async.ports import ChangeFeed

log = structlog.get_logger("adce.changes")

Beat = Callable[[str, float, str], None]
"""(component, promise of the next beat in seconds, detail)"""

FEW = 500
"""So many changes are put in order while the loop waits."""
NAME = "events"
RECEIVE_SECONDS = 600.0
"""A feed that has nothing to say answers sooner than this, whatever it tries again on its way."""
TAKE_SECONDS = 3600.0
"""What many changes come to may take as long as a pass."""
FIRST_RETRY, LAST_RETRY = 1.0, 60.0
"""Seconds before a feed that fails is asked again: at first, and at most."""
SHORTEST_WAIT = 1.0
"""A feed that has nothing to say and does not wait for it is asked once in so many seconds."""
REMEMBERED = 10_000
"""Of so many keys it is known what was last said of them."""


class Order:
    """Of changes that come more than once and in any order: those that say something new. Bounded."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._latest: OrderedDict[str, StoredChange] = OrderedDict()

    def news(self, changes: Sequence[StoredChange]) -> list[StoredChange]:
        """The latest of each key, unless something later (or the same) `took` effect before."""
        latest: dict[str, StoredChange] = {}
        for change in changes:
            before = latest.get(change.key) or self._latest.get(change.key)
            if before is None or _follows(change, before):
                latest[change.key] = change
        return list(latest.values())

    def took(self, changes: Sequence[StoredChange]) -> None:
        """These took effect."""
        for change in changes:
            self._latest[change.key] = change
            self._latest.move_to_end(change.key)
        while len(self._latest) > self._remembered:
            self._latest.popitem(last=False)


def _follows(change: StoredChange, before: StoredChange) -> bool:
    """Where nobody says which of two was later, the one that comes later is taken: the next pass finds the truth."""
    return change != before and not before.is_later_than(change)


class ChangeWatch:
    """The loop between a feed and those whom its changes concern."""

    def __init__(
        self,
        feed: ChangeFeed | None,
        take: Callable[[Sequence[StoredChange]], Awaitable[object]],
        beat: Beat,
        tell: Callable[[str, str], object],
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`feed`: None where nobody tells of changes.

        `take(changes)`: they take effect; it may fail with an AdceError, then they come again.

        `tell(name, text)`: '' is recovery; `chance()`: uniform in [0, 1), for jitter.
        """
        self._feed = feed
        self._take = take
        self._beat = beat
        self._tell = tell
        self._chance = chance
        self._order = Order()
        self._taken = 0

    async def run(self) -> None:
        """Until cancelled. Not without a feed."""
        assert self._feed is not None
        failures = 0
        while True:
            self._beat(NAME, RECEIVE_SECONDS + LAST_RETRY, self._detail(self._feed))
            try:
                await self._once(self._feed)
            except AdceError as error:
                wait = min(LAST_RETRY, FIRST_RETRY * 2**failures) * (0.5 + self._chance() / 2)
                failures += 1
                self._tell(NAME, f"{error_text(error)}; next try in {wait:.0f} s, passes go on without")
                await asyncio.sleep(wait)
            else:
                failures = 0
                self._tell(NAME, "")

    async def _once(self, feed: ChangeFeed) -> None:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        changes = await feed.receive()
        if not changes:
            await asyncio.sleep(max(0.0, asked + SHORTEST_WAIT - loop.time()))
            return
        # (nobody else asks for the order: we wait for the thread)
        many = len(changes) > FEW
        news = await asyncio.to_thread(self._order.news, changes) if many else self._order.news(changes)
        if news:
            self._beat(NAME, TAKE_SECONDS, f"takes in {len(news)} changes")
            await self._take(news)
            self._order.took(news)
            self._taken += len(news)
        await feed.done(changes)  # only now: what had no effect has to come again

    def _detail(self, feed: ChangeFeed) -> str:
        if not feed.rules.url:
            return "off: nobody tells of changes, passes find them"
        aside = feed.set_aside
        return f"{self._taken} changes taken in{f'; {aside}' if aside else ''}"
