from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from adce_async.engine.events import BUFFER, BreakerClosed, Event, Events, SettingsChanged, Subscription


def closed(*numbers: int) -> list[Event]:
    return [BreakerClosed(str(number)) for number in numbers]


def publish(events: Events, *numbers: int) -> None:
    for event in closed(*numbers):
        events.publish(event)


def test_a_subscriber_gets_what_is_of_its_kinds_in_the_order_of_publishing() -> None:
    events = Events()
    with events.subscribe("one", BreakerClosed) as one, events.subscribe("all", BreakerClosed, SettingsChanged) as all_:
        publish(events, 1)
        events.publish(SettingsChanged(("a",)))
        publish(events, 2)
        assert list(one.take()) == closed(1, 2)
        assert list(all_.take()) == [*closed(1), SettingsChanged(("a",)), *closed(2)]
        assert not one.take()  # what was taken is gone


def test_who_has_left_gets_nothing_more() -> None:
    events = Events()
    with events.subscribe("gone", BreakerClosed) as gone:
        publish(events, 1)
    publish(events, 2)
    assert list(gone.take()) == closed(1)


def test_who_comes_later_gets_what_is_published_from_then_on() -> None:
    events = Events()
    publish(events, 1)
    with events.subscribe("late", BreakerClosed) as late:
        publish(events, 2)
        with events.subscribe("later", BreakerClosed) as later:
            publish(events, 3)
    assert (list(late.take()), list(later.take())) == (closed(2, 3), closed(3))


def test_where_a_buffer_is_full_its_oldest_go_and_are_counted_and_nobody_elses() -> None:
    events = Events()
    with (
        events.subscribe("slow", BreakerClosed, size=2) as slow,
        events.subscribe("large", BreakerClosed, size=10) as large,
    ):
        publish(events, 1, 2, 3, 4, 5)
        assert (list(slow.take()), slow.dropped) == (closed(4, 5), 3)
        assert (list(large.take()), large.dropped) == (closed(1, 2, 3, 4, 5), 0)


def test_a_buffer_is_bounded_where_nobody_says_how_large_it_is() -> None:
    events = Events()
    with events.subscribe("asleep", BreakerClosed) as asleep:
        publish(events, *range(BUFFER + 1))
        assert (len(asleep.take()), asleep.dropped) == (BUFFER, 1)


async def test_next_waits_until_there_is_something_and_takes_all_of_it() -> None:
    events, loop = Events(), asyncio.get_running_loop()
    events.add(mine := Subscription("mine", (BreakerClosed,), 10))
    loop.call_later(5.0, publish, events, 1, 2)
    assert list(await mine.next()) == closed(1, 2)
    assert loop.time() == 5.0
    loop.call_later(5.0, publish, events, 3)
    assert list(await mine.next()) == closed(3)  # not at once with nothing
    assert loop.time() == 10.0


async def test_publishing_waits_for_no_handler_and_what_came_meanwhile_is_handed_over_together() -> None:
    events, loop = Events(), asyncio.get_running_loop()
    got: list[list[Event]] = []

    async def slow(some: Sequence[Event]) -> None:
        got.append(list(some))
        await asyncio.sleep(60.0)

    async with events.feeding("slow", slow, BreakerClosed):
        publish(events, 1)
        await asyncio.sleep(1.0)
        publish(events, 2, 3)
        assert loop.time() == 1.0
        await asyncio.sleep(60.0)
    assert got == [closed(1), closed(2, 3)]


async def test_what_is_left_when_the_block_ends_is_handed_over_too() -> None:
    events = Events()
    got: list[Event] = []
    async with events.feeding("late", got.extend, BreakerClosed):
        publish(events, 1, 2)
        assert got == []  # nobody had a turn yet
    assert got == closed(1, 2)
    publish(events, 3)
    assert got == closed(1, 2)


async def test_a_handler_that_fails_is_named_and_gets_what_comes_next() -> None:
    events = Events()
    got: list[Event] = []

    def breaks_once(some: Sequence[Event]) -> None:
        got.extend(some)
        if len(got) == 1:
            raise ValueError("once")

    with capture_logs() as lines:
        async with events.feeding("frail", breaks_once, BreakerClosed), events.feeding("well", got.extend):
            publish(events, 1)
            await asyncio.sleep(1.0)
            publish(events, 2)
    assert got == closed(1, 2)
    assert [(line["event"], line["subscriber"]) for line in lines] == [("a subscriber failed", "frail")]


async def test_what_was_dropped_is_said_once() -> None:
    events = Events()
    with capture_logs() as lines:
        async with events.feeding("small", lambda _some: None, BreakerClosed, size=2):
            publish(events, 1, 2, 3, 4, 5)
            await asyncio.sleep(1.0)
            publish(events, 6)
            await asyncio.sleep(1.0)
            publish(events, 7, 8, 9)
            await asyncio.sleep(1.0)
    assert [(line["event"], line["subscriber"], line["count"]) for line in lines] == [
        ("events dropped", "small", 3),
        ("events dropped", "small", 1),
    ]


async def test_what_the_block_raises_comes_out_as_it_is_and_after_the_rest_was_handed_over() -> None:
    events = Events()
    got: list[Event] = []
    with pytest.raises(KeyError, match="mine"):
        async with events.feeding("fed", got.extend, BreakerClosed):
            publish(events, 1)
            raise KeyError("mine")
    assert got == closed(1)


async def test_a_block_that_is_cancelled_hands_over_what_is_left() -> None:
    events = Events()
    got: list[Event] = []

    async def block() -> None:
        async with events.feeding("fed", got.extend, BreakerClosed):
            try:
                await asyncio.sleep(3600.0)
            finally:
                publish(events, 1)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await block()
    assert got == closed(1)
