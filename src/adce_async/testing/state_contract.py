"""What the small stores (discoveries, texts, history) promise, as test suites; see `testing.queue_contract`."""

# ruff: noqa: D102 - a test's name says its law

from __future__ import annotations

import abc
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.days import DAY, from_iso
from adce_async.model.task import AttemptRecord
from adce_async.ports import DiscoveryCache, History, Note, StateStore

NOON = from_iso("2025-01-15T12:00:00Z")
GAMES = Discovery(
    (
        Item({"game_id": "401705066", "name": "Dončić"}, ItemState.FINAL),
        Item({"game_id": "2"}, ItemState.LIVE),
        Item({"game_id": "3"}, ItemState.LIVE, scored=True),
        Item({"game_id": "4"}, ItemState.SCHEDULED, starts=NOON),
        Item({"game_id": "5"}, ItemState.LIVE, scored=True, starts=NOON + 0.5),
    )
)


class DiscoveryCacheContract(abc.ABC):
    """Subclass it as `Test...` and say how to open the adapter."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[DiscoveryCache]:
        """The adapter, empty at first; opened again within one test, it has to show the same entries."""

    async def test_what_was_saved_is_loaded(self) -> None:
        async with self.open() as cache:
            assert await cache.load("") == {}
            await cache.save({"espn/1.json": ("e1", GAMES), "espn/2.json": ("e2", Discovery())})
            await cache.save({"espn/2.json": ("e3", replace(GAMES, made=NOON))})
        async with self.open() as cache:
            found = await cache.load("")
            assert found == {"espn/1.json": ("e1", GAMES), "espn/2.json": ("e3", replace(GAMES, made=NOON))}
            starts = [item.starts for item in found["espn/1.json"][1].items]  # no part of their equality
            assert starts == [item.starts for item in GAMES.items]

    async def test_a_prefix_selects(self) -> None:
        async with self.open() as cache:
            await cache.save({key: ("e", Discovery()) for key in ("a/1", "a/2", "ab/1", "a", "a/é", "b")})
            assert (await cache.load("a/")).keys() == {"a/1", "a/2", "a/é"}
            assert (await cache.load("a")).keys() == {"a/1", "a/2", "a/é", "ab/1", "a"}
            assert await cache.load("c") == {}


class StateStoreContract(abc.ABC):
    """Subclass it as `Test...` and say how to open the adapter."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[StateStore]:
        """The adapter, empty at first; opened again within one test, it has to show the same texts."""

    async def test_the_last_text_counts(self) -> None:
        async with self.open() as state:
            assert await state.get_text("gaps.json") is None
            await state.set_text("gaps.json", "one")
            await state.set_text("gaps.json", "")
            await state.set_text("other", "ß\n\0")
        async with self.open() as state:
            assert await state.get_text("gaps.json") == ""
            assert await state.get_text("other") == "ß\n\0"


def made(verdict: str, *, at: float = NOON, scraper: str = "ant_items", key: str = "ant/1.json") -> AttemptRecord:
    """An attempt that ended with `verdict`."""
    return AttemptRecord(key, "ant", scraper, verdict, "", at, 0.25, 100)


class HistoryContract(abc.ABC):
    """Subclass it as `Test...` and say how to open the adapter."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[History]:
        """The adapter, empty at first; opened again within one test, it has to show the same attempts."""

    async def test_success_is_the_share_of_what_was_stored(self) -> None:
        async with self.open() as history:
            assert await history.success_rates(NOON, DAY) == {}
            verdicts = ("stored", "unchanged", "retry", "parked", "released")
            await history.record([made(verdict) for verdict in verdicts])
            await history.record([made("retry", scraper="bee"), made("released", scraper="cat")])
        async with self.open() as history:
            assert await history.success_rates(NOON, DAY) == {"ant_items": 0.5, "bee": 0.0}

    async def test_the_past_weighs_less(self) -> None:
        """A failure of a half-life ago counts half, one of ten half-lives ago next to nothing."""
        async with self.open() as history:
            await history.record([made("retry", at=NOON - DAY), made("stored", at=NOON)])
            rates = await history.success_rates(NOON, DAY)
            assert abs(rates["ant_items"] - 2 / 3) < 0.03
            await history.record([made("retry", at=NOON - 10 * DAY, scraper="bee"), made("stored", scraper="bee")])
            assert 0.99 < (await history.success_rates(NOON, DAY))["bee"] < 1.0

    async def test_the_last_attempts_come_first_and_those_that_fit(self) -> None:
        async with self.open() as history:
            assert await history.recent() == []
            await history.record([made("retry", key="a"), made("stored", key="b", scraper="bee")])
            await history.record([made("stored", key="a")])
        async with self.open() as history:
            assert [each.key for each in await history.recent()] == ["a", "b", "a"]
            assert [each.key for each in await history.recent(2)] == ["a", "b"]
            assert [each.verdict for each in await history.recent(key="a")] == ["stored", "retry"]
            assert [each.key for each in await history.recent(scraper="bee")] == ["b"]
            assert await history.recent(source="nobody") == []

    async def test_attempts_are_counted_by_the_hour(self) -> None:
        async with self.open() as history:
            assert await history.hourly(0.0) == {}
            times = ((NOON, "stored"), (NOON + 1, "stored"), (NOON + 3599, "retry"), (NOON + 3600, "stored"))
            await history.record([made(verdict, at=at) for at, verdict in times])
            await history.record([made("parked", at=NOON - DAY)])
            assert await history.hourly(NOON) == {NOON: {"stored": 2, "retry": 1}, NOON + 3600: {"stored": 1}}
            assert list(await history.hourly(0.0)) == [NOON - DAY, NOON, NOON + 3600]

    async def test_what_was_done_and_decided_is_remembered(self) -> None:
        paused, safe = Note(NOON, "action", "paused by “me”"), Note(NOON + 1, "guardrail", "safe mode")
        async with self.open() as history:
            assert await history.notes() == []
            await history.note(paused)
            await history.note(safe)
        async with self.open() as history:
            assert await history.notes() == [safe, paused]
            assert await history.notes(1) == [safe]
            assert await history.notes(kind="action") == [paused]

    async def test_attempts_of_the_future_count_as_of_now(self) -> None:
        """The clock was set back."""
        async with self.open() as history:
            await history.record([made("retry", at=NOON + 30 * DAY), made("stored", at=NOON)])
            assert await history.success_rates(NOON, DAY) == {"ant_items": 0.5}
