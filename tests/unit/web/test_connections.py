"""How many connections there may be, how long they may say nothing, and who has to go."""

from __future__ import annotations

import asyncio

from adce_async.web.connections import HEAD_SECONDS, LONGEST_ANSWER, Connections


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.protocol: asyncio.Protocol | None = None
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True
        assert self.protocol is not None
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)


class Inner(asyncio.Protocol):
    def __init__(self) -> None:
        self.heard = b""
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True


def connect(all_: Connections) -> Wire:
    wire = Wire()
    wire.protocol = all_()  # type: ignore[assignment]
    assert wire.protocol is not None
    wire.protocol.connection_made(wire)
    return wire


async def test_who_says_nothing_or_never_ends_a_head_is_let_go() -> None:
    inner = Inner()
    all_ = Connections(lambda: inner, 10)
    wire = connect(all_)
    for _ in range(20):
        await asyncio.sleep(HEAD_SECONDS / 20.1)
        assert not wire.aborted
        wire.protocol.data_received(b"x")  # type: ignore[union-attr]
    await asyncio.sleep(HEAD_SECONDS / 20)
    assert wire.aborted
    assert (inner.heard, inner.lost, len(all_)) == (b"x" * 20, True, 0)


async def test_who_is_served_has_time_and_the_next_head_counts_anew() -> None:
    all_ = Connections(Inner, 10)
    wire = connect(all_)
    all_.begun(wire)
    await asyncio.sleep(5 * HEAD_SECONDS)
    all_.ended(wire)
    await asyncio.sleep(5 * HEAD_SECONDS)  # (what is idle between requests is the server's own to close)
    assert not wire.aborted
    wire.protocol.data_received(b"GET ")  # type: ignore[union-attr]
    await asyncio.sleep(HEAD_SECONDS + 1)
    assert wire.aborted


async def test_the_one_idle_longest_makes_room() -> None:
    all_ = Connections(Inner, 3)
    wires = []
    for _ in range(3):
        wires.append(connect(all_))
        await asyncio.sleep(1)
    all_.begun(wires[0])
    newest = connect(all_)
    assert [wire.aborted for wire in [*wires, newest]] == [False, True, False, False]
    assert len(all_) == 3


async def test_where_all_are_served_a_slow_reader_goes_and_a_stream_stays() -> None:
    all_ = Connections(Inner, 2)
    stream, slow = connect(all_), connect(all_)
    all_.begun(stream)
    all_.stays(stream)
    all_.begun(slow)
    await asyncio.sleep(LONGEST_ANSWER + 1)
    connect(all_)
    assert (stream.aborted, slow.aborted) == (False, True)
