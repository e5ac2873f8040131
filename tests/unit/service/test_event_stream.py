from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import get_args

import orjson

from adce_async.engine.events import (
    BreakerClosed,
    BreakerOpened,
    DriftFound,
    Event,
    Events,
    GapsFound,
    OutcomeRefused,
    PassDone,
    SettingsChanged,
    SourcesMoved,
    SourceThrottled,
    TaskSettled,
    TaskStarted,
    TroubleRaised,
    TroubleRecovered,
)
from adce_async.model.task import Outcome, Verdict
from adce_async.service.event_stream import DROPPED, KEPT, KINDS, EventStream, document_of
from adce_async.testing.example_tasks import task

OUTCOME = Outcome("a", Verdict.STORED, "why", at=5.0)
EXAMPLES: tuple[Event, ...] = (
    TaskStarted((task("a"), task("b")), 5.0),
    TaskSettled(task("a"), OUTCOME, 0.25, 100),
    OutcomeRefused(task("a"), OUTCOME),
    GapsFound(3, 1, {"missing": 3}),
    DriftFound(2, 1, 0, "listing"),
    PassDone(3, 2, 1, 10, 0.5),
    SourceThrottled("ant", 9.0, "HTTP 429"),
    BreakerOpened("ant", 60.0, "silent"),
    BreakerClosed("ant"),
    SourcesMoved(("ant",), ()),
    TroubleRaised("lake", "full"),
    TroubleRecovered("lake", "full"),
    SettingsChanged(("pool",)),
)


def test_each_kind_of_event_is_a_document_of_its_own() -> None:
    assert {type(event) for event in EXAMPLES} <= set(get_args(Event))
    assert set(KINDS) == {type(event) for event in EXAMPLES}
    for event in EXAMPLES:
        document = document_of(event)
        assert document, type(event)
        assert orjson.loads(orjson.dumps(document)) == document
    assert document_of(EXAMPLES[1])["verdict"] == "stored"
    assert fields(TaskSettled)


async def test_who_follows_gets_what_comes_and_who_comes_back_what_was_missed() -> None:
    events = Events()
    stream = EventStream(events, "1")
    async with stream.feeding():
        events.publish(BreakerClosed("before"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        follower = stream.follow()
        waiting = asyncio.get_running_loop().create_task(follower.next())
        await asyncio.sleep(1)
        assert not waiting.done()
        events.publish(BreakerClosed("ant"))
        (found,) = await waiting
        assert (found.id, found.kind, found.document) == ("1-2", "breaker_closed", {"source": "ant"})
        assert [each.id for each in await stream.follow("1-0").next()] == ["1-1", "1-2"]
        assert [each.id for each in await stream.follow("0-2").next()] == ["1-1", "1-2"]  # of another run
        assert [each.id for each in await stream.follow("1-1").next()] == ["1-2"]


async def test_an_id_of_the_future_or_of_nonsense_waits_or_gets_all() -> None:
    events = Events()
    stream = EventStream(events, "1")
    async with stream.feeding():
        events.publish(BreakerClosed("ant"))
        await asyncio.sleep(1)
        for nonsense in ("", "1-x", "1--1", "zzz"):
            assert [each.id for each in await stream.follow(nonsense).next()] == ["1-1"]
        ahead = stream.follow("1-999")
        events.publish(BreakerClosed("bee"))
        assert [each.document for each in await ahead.next()] == [{"source": "bee"}]


async def test_who_is_slow_is_told_how_many_are_missing() -> None:
    events = Events()
    stream = EventStream(events, "1")
    async with stream.feeding():
        follower = stream.follow()
        for _ in range(KEPT + 7):
            events.publish(BreakerClosed("ant"))
        await asyncio.sleep(1)
        found = await follower.next()
        assert (found[0].kind, found[0].document, found[0].id) == (DROPPED, {"count": 7}, "1-7")
        assert [each.id for each in found[1:]] == [f"1-{number}" for number in range(8, KEPT + 8)]
        again = (await stream.follow("0-2").next())[0]  # who saw another run of the service has missed as many
        assert (again.kind, again.document) == (DROPPED, {"count": 7})


async def test_being_cut_off_loses_nothing() -> None:
    events = Events()
    stream = EventStream(events, "1")
    async with stream.feeding():
        follower = stream.follow()
        for _ in range(3):
            try:
                async with asyncio.timeout(1):
                    await follower.next()
                    raise AssertionError("there was nothing")
            except TimeoutError:
                pass
        events.publish(BreakerClosed("ant"))
        assert len(await follower.next()) == 1
