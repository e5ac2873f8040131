from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from adce_async.engine.reconciling.triggers import FileWatch, Timer
from adce_async.errors import StoreError


def nothing(*_: object) -> None:
    pass


class Passes:
    def __init__(self, seconds: float = 0.0, fail: Callable[[float], bool] = lambda _: False) -> None:
        self.at: list[float] = []
        self.under_way = 0
        self.seconds = seconds
        self.fail = fail

    async def __call__(self) -> None:
        now = asyncio.get_running_loop().time()
        self.at.append(now)
        self.under_way += 1
        assert self.under_way == 1
        await asyncio.sleep(self.seconds)
        self.under_way -= 1
        if self.fail(now):
            raise StoreError("no")


async def during(
    seconds: float, run: Callable[[], Awaitable[None]], then: Callable[[], Awaitable[None]] | None = None
) -> None:
    task = asyncio.get_running_loop().create_task(run())  # type: ignore[arg-type]
    if then is not None:
        await then()
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_first_pass_is_at_once_and_the_others_at_the_interval() -> None:
    passes = Passes(seconds=30.0)
    await during(3000.0, Timer(passes, lambda: 900.0, nothing, nothing).run)
    assert passes.at == [0.0, 900.0, 1800.0, 2700.0]


async def test_a_pass_longer_than_its_interval_does_not_overlap_and_folds_ticks() -> None:
    passes = Passes(seconds=250.0)
    await during(1000.0, Timer(passes, lambda: 100.0, nothing, nothing).run)
    assert passes.at == [0.0, 250.0, 500.0, 750.0, 1000.0][: len(passes.at)]
    assert len(passes.at) >= 4


async def test_asking_brings_the_next_pass_forward_once() -> None:
    passes = Passes(seconds=1.0)
    timer = Timer(passes, lambda: 900.0, nothing, nothing)

    async def ask() -> None:
        await asyncio.sleep(100.0)
        for _ in range(5):
            timer.ask()

    await during(500.0, timer.run, ask)
    assert passes.at == [0.0, 100.0]


async def test_a_shorter_interval_holds_at_once_and_counts_from_the_last_pass() -> None:
    passes = Passes()
    seconds = [900.0]
    timer = Timer(passes, lambda: seconds[0], nothing, nothing)

    async def shorten() -> None:
        await asyncio.sleep(100.0)
        seconds[0] = 150.0
        timer.rearm()

    await during(250.0, timer.run, shorten)
    assert passes.at == [0.0, 150.0, 300.0]


async def test_one_asked_for_while_a_pass_is_under_way_comes_right_after_it() -> None:
    passes = Passes(seconds=10.0)
    timer = Timer(passes, lambda: 900.0, nothing, nothing)

    async def ask() -> None:
        await asyncio.sleep(5.0)
        timer.ask()

    await during(100.0, timer.run, ask)
    assert passes.at == [0.0, 10.0]


async def test_files_that_are_known_are_read_only_when_one_of_them_changes(tmp_path) -> None:
    files = [tmp_path / "a.yaml", tmp_path / "sub" / "b.yaml"]
    files[0].write_text("1")
    reads: list[float] = []

    async def read() -> None:
        reads.append(asyncio.get_running_loop().time())

    watch = FileWatch(files, lambda: 10.0, read, nothing, name="settings_watch", known=True)

    async def change() -> None:
        await asyncio.sleep(25.0)
        files[1].parent.mkdir()
        files[1].write_text("2")

    await during(40.0, watch._checking, change)
    assert len(reads) == 1
    assert reads[0] == 30.0


async def test_a_failed_pass_is_named_and_tried_again_soon() -> None:
    said: list[tuple[str, str]] = []
    passes = Passes(fail=lambda now: now < 100)
    await during(400.0, Timer(passes, lambda: 900.0, nothing, lambda *what: said.append(what)).run)
    assert passes.at == [0.0, 60.0, 120.0]
    assert [bool(text) for _, text in said] == [True, True, False]


async def test_a_changed_file_is_read_by_the_check_even_without_notifications(tmp_path) -> None:
    path = tmp_path / "gaps.json"
    reads: list[float] = []

    async def read() -> None:
        reads.append(asyncio.get_running_loop().time())

    watch = FileWatch([path], lambda: 10.0, read, nothing)

    async def change() -> None:
        await asyncio.sleep(25.0)
        path.write_text("{}")
        os.utime(path, (1, 1))

    await during(40.0, watch._checking, change)
    assert len(reads) == 1
    assert 25.0 <= reads[0] <= 35.0


async def test_a_file_that_could_not_be_taken_in_is_tried_again(tmp_path) -> None:
    path = tmp_path / "gaps.json"
    path.write_text("{}")
    reads = 0

    async def read() -> None:
        nonlocal reads
        reads += 1
        if reads < 3:
            raise StoreError("not now")

    await during(100.0, FileWatch([path], lambda: 10.0, read, nothing)._checking)
    assert reads == 3


async def test_who_writes_a_file_in_two_steps_has_it_read_once_and_whole(tmp_path: Path) -> None:
    path, reads = tmp_path / "a.yaml", list[str]()
    path.write_text("old")

    async def read() -> None:
        reads.append(path.read_text())

    watch = FileWatch([path], lambda: 10.0, read, nothing, known=True, settle=0.2)

    async def change() -> None:
        await asyncio.sleep(9.9)
        path.write_text("")
        await asyncio.sleep(0.2)
        path.write_text("all of it")

    await during(40.0, watch._checking, change)
    assert reads == ["all of it"]


async def test_a_pass_that_hangs_breaks_its_promise_within_an_interval_unless_it_gets_on() -> None:
    loop = asyncio.get_running_loop()
    promises: list[float] = []
    timer = Timer(
        Passes(seconds=100_000.0), lambda: 900.0, lambda _name, within, _detail: promises.append(loop.time() + within),
        nothing,
    )  # fmt: skip
    steps = 0

    async def watch() -> None:
        nonlocal steps
        for _ in range(200):  # 1000 s of pages, then silence
            await asyncio.sleep(5.0)
            steps += 1
            timer.progressed(steps, 5.0)
        for _ in range(200):
            await asyncio.sleep(5.0)
            timer.progressed(steps, 5.0)

    await during(3000.0, timer.run, watch)
    assert promises[0] == 900.0
    assert max(promises) == 1000.0 + 905.0


async def test_between_passes_progress_of_somebody_else_prolongs_no_promise() -> None:
    promises: list[float] = []
    timer = Timer(Passes(), lambda: 900.0, lambda _name, within, _detail: promises.append(within), nothing)

    async def watch() -> None:
        await asyncio.sleep(5.0)
        timer.progressed(1, 5.0)

    await during(10.0, timer.run, watch)
    assert promises == [900.0, 960.0]


async def test_a_file_that_is_saved_is_read_at_once_and_where_nobody_is_told_by_the_check(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    path = tmp_path / "inventory" / "gaps.json"
    path.parent.mkdir()
    reads: list[float] = []

    async def read() -> None:
        reads.append(loop.time())

    async def change() -> None:
        await asyncio.sleep(3.0)
        path.write_text("{}")
        await asyncio.sleep(1.0)
        path.unlink()
        path.parent.rmdir()  # and with it the notifications
        await asyncio.sleep(1.0)
        path.parent.mkdir()
        path.write_text("[]")

    began = loop.time()
    await during(30.0, FileWatch([path], lambda: 10.0, read, nothing).run, change)
    at = [round(each - began) for each in reads]
    assert at[:2] == ([3, 4] if sys.platform == "linux" else at[:2])
    assert 5 <= at[-1] <= 15
