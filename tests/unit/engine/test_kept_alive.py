from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from adce_async.engine.kept_alive import FORGIVEN_AFTER, RESTART_SECONDS, LoopDiedError, kept_alive


class Frail:
    """A loop that runs for `seconds`, then dies (`fails`) or just ends; the times at which it began, and what was told."""

    def __init__(self, *seconds: float, fails: bool = True) -> None:
        self.began: list[float] = []
        self.told: list[tuple[str, str]] = []
        self._seconds = seconds
        self._fails = fails

    async def run(self) -> None:
        number = len(self.began)
        self.began.append(asyncio.get_running_loop().time())
        if number >= len(self._seconds):
            await asyncio.Event().wait()
        await asyncio.sleep(self._seconds[number])
        if self._fails:
            raise ValueError(f"death {number}")

    def tell(self, name: str, text: str) -> None:
        self.told.append((name, text))


async def test_a_loop_that_dies_begins_again_ever_later_and_each_death_is_told_and_taken_back() -> None:
    frail = Frail(0.0, 0.0, 0.0, 0.0)
    with capture_logs() as lines, pytest.raises(TimeoutError):
        async with asyncio.timeout(1000.0):
            await kept_alive("settler", frail.run, frail.tell)
    assert frail.began == [0.0, 1.0, 6.0, 21.0, 81.0]
    assert {name for name, _ in frail.told} == {"loop settler"}
    texts = [text for _, text in frail.told]
    assert texts[1::2] == [""] * 4
    for number, (text, pause) in enumerate(zip(texts[::2], RESTART_SECONDS, strict=True)):
        assert text.startswith("died: ")
        assert f"death {number}" in text
        assert text.endswith(f"started again in {pause:g} s")
    assert [line["loop"] for line in lines if line["event"] == "loop died"] == ["settler"] * 4


async def test_one_that_dies_more_often_ends_whoever_runs_it_and_says_which_it_was() -> None:
    frail = Frail(*[0.0] * 5)
    with pytest.raises(LoopDiedError, match=r"^settler died: .*death 4.*, the 5th time in a row$"):
        await kept_alive("settler", frail.run, frail.tell)
    assert asyncio.get_running_loop().time() == sum(RESTART_SECONDS)


async def test_one_that_has_run_for_long_may_die_as_often_as_at_first() -> None:
    long = FORGIVEN_AFTER + 1.0
    frail = Frail(0.0, 0.0, 0.0, long, 0.0, 0.0, 0.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5000.0):
            await kept_alive("settler", frail.run, frail.tell)
    assert len(frail.began) == 8
    assert frail.began[4] - frail.began[3] == long + RESTART_SECONDS[0]  # and waits as little


async def test_one_that_ends_by_itself_has_died_unless_it_was_to_end() -> None:
    frail = Frail(1.0, 1.0, fails=False)
    await kept_alive("pool", frail.run, frail.tell, lambda: len(frail.began) == 2)
    assert frail.began == [0.0, 2.0]
    assert frail.told == [("loop pool", "ended by itself; started again in 1 s"), ("loop pool", "")]


async def test_one_that_dies_as_it_was_to_end_is_told_too() -> None:
    frail = Frail(1.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(100.0):
            await kept_alive("pool", frail.run, frail.tell, lambda: True)
    assert frail.began == [0.0, 2.0]  # it may have something left to do


async def test_a_loop_that_somebody_kills_comes_back_and_its_keeper_can_still_be_ended() -> None:
    began: list[float] = []
    said: list[str] = []

    async def run() -> None:
        began.append(asyncio.get_running_loop().time())
        await asyncio.Event().wait()

    keeper = asyncio.get_running_loop().create_task(
        kept_alive("reconciler", run, lambda name, text: said.append(f"{name}: {text}")), name="keeper"
    )
    await asyncio.sleep(1)
    (loop,) = [task for task in asyncio.all_tasks() if task.get_name() == "reconciler"]
    loop.cancel()
    await asyncio.sleep(RESTART_SECONDS[0] + 1)
    assert began == [0.0, 1.0 + RESTART_SECONDS[0]]
    assert said == [
        f"loop reconciler: was cancelled; started again in {RESTART_SECONDS[0]:g} s", "loop reconciler: ",
    ]  # fmt: skip
    keeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeper
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "reconciler"]
