"""Changes take effect once, in order, whatever order they come in; a feed that fails is said once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Sequence

import pytest

from adce_async.engine.reconciling.change_watch import ChangeWatch, Order
from adce_async.errors import QueueError, StoreError
from adce_async.model.stored_change import StoredChange
from adce_async.ports import FeedRules

WAIT = 20.0


def stored(key: str, sequencer: str = "", *, at: float = 0.0) -> StoredChange:
    return StoredChange(key, removed=False, size=1, etag="e", at=at, sequencer=sequencer)


def removed(key: str, sequencer: str = "", *, at: float = 0.0) -> StoredChange:
    return StoredChange(key, removed=True, at=at, sequencer=sequencer)


class Feed:
    """Answers by script: changes, nothing after its wait, or an error."""

    def __init__(self, *answers: Sequence[StoredChange] | Exception, wait: float = WAIT) -> None:
        self.answers = list(answers)
        self.wait = wait
        self.asked: list[float] = []
        self.done_with: list[list[StoredChange]] = []
        self.set_aside = ""
        self.rules = FeedRules("https://queue.test/1")

    def apply(self, rules: FeedRules) -> None:
        self.rules = rules

    async def receive(self) -> Sequence[StoredChange]:
        self.asked.append(asyncio.get_running_loop().time())
        if not self.answers:
            await asyncio.sleep(self.wait)
            return ()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def done(self, changes: Collection[StoredChange]) -> None:
        self.done_with.append(list(changes))


class Watched:
    def __init__(self, feed: Feed, *failures: Exception) -> None:
        self.feed = feed
        self.failures = list(failures)
        self.taken: list[list[StoredChange]] = []
        self.told: list[str] = []
        self.beats: list[tuple[str, float, str]] = []
        self.watch = ChangeWatch(feed, self.take, self.beat, self.tell, chance=lambda: 1.0)

    async def take(self, changes: Sequence[StoredChange]) -> None:
        assert not any(change in done for done in self.feed.done_with for change in changes), "done before its effect"
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(list(changes))

    def beat(self, name: str, within: float, detail: str) -> None:
        self.beats.append((name, within, detail))

    def tell(self, name: str, text: str) -> None:
        assert name == "events"
        if text != (self.told[-1] if self.told else ""):
            self.told.append(text)

    async def run(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.watch.run()


async def test_changes_take_effect_at_once_and_are_done_then() -> None:
    changes = [stored("a", "01"), removed("b", "01")]
    seen = Watched(Feed(changes))
    await seen.run(0.5)
    assert seen.taken == [changes]
    assert seen.feed.done_with == [changes]


async def test_what_comes_again_has_no_effect_and_is_done() -> None:
    change = stored("a", "01")
    seen = Watched(Feed([change], [change], [change, change]))
    await seen.run(1)
    assert seen.taken == [[change]]
    assert seen.feed.done_with == [[change], [change], [change, change]]


async def test_what_comes_late_has_no_effect() -> None:
    seen = Watched(Feed([removed("a", "0B")], [stored("a", "0A")], [stored("a", "0C"), stored("a", "01")]))
    await seen.run(1)
    assert seen.taken == [[removed("a", "0B")], [stored("a", "0C")]]


async def test_what_had_no_effect_is_not_done_and_comes_again() -> None:
    change = stored("a", "01")
    seen = Watched(Feed([change], [change]), QueueError("the disk is full"))
    await seen.run(10)
    assert seen.taken == [[change]]
    assert seen.feed.done_with == [[change]]
    assert seen.told[0].startswith("the disk is full; next try in 1 s")
    assert seen.told[-1] == ""


async def test_a_feed_that_fails_is_asked_ever_later_and_that_is_said() -> None:
    seen = Watched(Feed(*[StoreError("the queue is gone")] * 9))
    await seen.run(400)
    pauses = [round(after - before) for before, after in zip(seen.feed.asked, seen.feed.asked[1:], strict=False)]
    assert pauses[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert "the queue is gone" in seen.told[0]
    assert seen.told[-1] == "", "it works again"


async def test_a_feed_that_waits_is_asked_without_a_pause_and_one_that_does_not_once_a_second() -> None:
    patient, hasty = Watched(Feed()), Watched(Feed(wait=0.0))
    await patient.run(100.5)
    await hasty.run(100.5)
    assert len(patient.feed.asked) == 6
    assert len(hasty.feed.asked) == 101


async def test_it_promises_its_next_sign_of_life_and_names_what_was_set_aside() -> None:
    feed = Feed([stored("a", "01")])
    feed.set_aside = "3 messages set aside"
    seen = Watched(feed)
    await seen.run(1)
    assert all(name == "events" and within > 60 for name, within, _ in seen.beats)
    assert seen.beats[-1][2] == "1 changes taken in; 3 messages set aside"


async def test_a_feed_without_a_queue_is_said_to_be_off() -> None:
    feed = Feed()
    feed.apply(FeedRules())
    seen = Watched(feed)
    await seen.run(1)
    assert seen.beats[-1][2].startswith("off")


@pytest.mark.parametrize("count", [1, 5, 100])
def test_what_is_remembered_of_keys_is_bounded(count: int) -> None:
    order = Order(remembered=5)
    changes = [stored(str(number), "01") for number in range(count)]
    order.took(order.news(changes))
    assert order.news(changes) == changes[:-5]


def test_without_sequencers_and_at_the_same_time_the_last_word_counts() -> None:
    order = Order()
    order.took(order.news([stored("a", at=5.0)]))
    assert order.news([removed("a", at=5.0)]) == [removed("a", at=5.0)]
    assert order.news([removed("a", at=4.0)]) == []
