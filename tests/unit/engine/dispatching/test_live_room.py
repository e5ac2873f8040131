"""Room in the limits of sources whose games are on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adce_async.engine.dispatching.live_room import LONGEST_SECONDS, LiveRoom, Need
from adce_async.planning.live import LiveRules

HOUR = 3600.0


class Limiter:
    """`used` of `limit` an hour, all of it free again in `free_in` seconds."""

    def __init__(self, limit: int, used: int, free_in: float = 20.0) -> None:
        self.limit, self.used, self.free_in = limit, used, free_in

    def delay_keeping(self, kept: Callable[[float], int]) -> float:
        return self.free_in if self.used + kept(HOUR) >= self.limit else 0.0


@pytest.mark.parametrize(
    ("used", "games", "waits"),
    [(843, 12, False), (844, 12, True), (876, 1, False), (877, 1, True)],  # 12 games of 3 requests, and 120 looks: 156
)
def test_others_leave_what_the_night_needs(used: int, games: int, waits: bool) -> None:
    room = LiveRoom({"espn": Limiter(1000, used)}, Limiter(10**6, 0), LiveRules())
    room.keep({"espn": Need(games, 3)})
    assert (room.wait("espn") > 0) is waits


def test_all_leave_room_in_the_limits_of_all() -> None:
    limiters = {"espn": Limiter(10**6, 0), "kaggle": Limiter(10**6, 0)}
    room = LiveRoom(limiters, Limiter(1000, 900), LiveRules())
    room.keep({"espn": Need(12, 3)})
    assert room.wait("kaggle") == room.wait("espn") == 20.0
    assert "games that are on" in room.why("kaggle")
    assert room.sources == {"espn"}
    room.keep({"espn": Need(0, 3)})
    assert room.wait("kaggle") == 20.0  # 120 looks are still to come
    room.apply(LiveRules(on_seconds=60.0))
    assert room.wait("kaggle") == 0.0
    assert room.why("kaggle") == ""


def test_it_is_looked_at_again_soon() -> None:
    room = LiveRoom({"espn": Limiter(10, 10, free_in=1000.0)}, Limiter(10**6, 0), LiveRules())
    room.keep({"espn": Need(1, 1)})
    assert room.wait("espn") == LONGEST_SECONDS


def test_nothing_is_kept_where_no_game_is_on_or_nobody_wants_it() -> None:
    room = LiveRoom({}, Limiter(1, 1), LiveRules())
    assert room.active() is None
    room.keep({"espn": Need(1, 2)})
    assert room.active() is room
    room.apply(LiveRules(keep_room=False))
    assert room.active() is None
