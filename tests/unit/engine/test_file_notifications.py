"""Whoever waits for a file is told when it is saved, and of nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import watchfiles

from adce_async.engine import file_notifications
from adce_async.engine.file_notifications import saved, tells_all

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@contextlib.asynccontextmanager
async def told_of(folder: Path, *names: str) -> AsyncIterator[list[None]]:
    """Grows by one with each notification."""
    said: list[None] = []

    async def listen() -> None:
        async for each in saved(folder, names):
            said.append(each)

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        await asyncio.sleep(1.0)  # virtual: until it listens
        yield said
        listening.cancel()


@linux
async def test_each_way_in_which_a_file_is_saved_is_told(tmp_path: Path) -> None:
    path, other = tmp_path / "gaps.json", tmp_path / "gaps.json.tmp"
    async with told_of(tmp_path, "gaps.json") as said:
        path.write_text("{}")
        await asyncio.sleep(1.0)
        assert len(said) == 1
        other.write_text("[]")
        await asyncio.sleep(1.0)
        assert len(said) == 1
        other.replace(path)
        await asyncio.sleep(1.0)
        assert len(said) == 2
        path.unlink()
        await asyncio.sleep(1.0)
        assert len(said) == 3


@linux
async def test_what_lies_beside_it_and_is_written_all_the_time_wakes_nobody(tmp_path: Path) -> None:
    async with told_of(tmp_path, "gaps.json") as said:
        with (tmp_path / "adce.db").open("w") as database:
            database.write("a commit")
            database.flush()
        (tmp_path / "folder").mkdir()
        await asyncio.sleep(1.0)
        assert said == []


@linux
async def test_a_folder_that_goes_or_never_was_is_no_silence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await anext(saved(tmp_path / "none", ["gaps.json"]))
    (folder := tmp_path / "inventory").mkdir()
    waiting = asyncio.get_running_loop().create_task(anext(saved(folder, ["gaps.json"])))
    await asyncio.sleep(1.0)
    folder.rmdir()
    with pytest.raises(OSError, match="not there any more"):
        await waiting


async def test_elsewhere_somebody_looks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path, bool, bool]] = []

    async def awatch(folder: Path, **options: object) -> AsyncIterator[set[object]]:
        wanted = options["watch_filter"]
        assert callable(wanted)
        asked.append((folder, wanted(1, f"{folder}/gaps.json"), wanted(1, f"{folder}/adce.db")))
        yield set()
        yield set()

    monkeypatch.setattr(watchfiles, "awatch", awatch)
    monkeypatch.setattr(file_notifications.sys, "platform", "darwin")
    said = [each async for each in saved(tmp_path, ["gaps.json"])]
    assert len(said) == 2
    assert asked == [(tmp_path, True, False)]


def test_what_other_machines_write_to_is_not_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path.resolve()
    mounts = here / "mountinfo"
    spaced = str(here / "a b").replace(" ", "\\040")
    mounts.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        f"23 22 0:40 / {here}/nfs rw,relatime shared:1 - nfs4 server:/x rw\n"
        f"24 22 0:41 / {spaced} rw - fuse.sshfs x rw\n"
        f"25 23 0:42 / {here}/nfs/local rw - tmpfs x rw\n"
        f"26 22 0:43 / {here}/over rw - xfs x rw\n27 22 0:44 / {here}/over rw - 9p x rw\n"
    )
    monkeypatch.setattr(file_notifications, "MOUNTS", mounts)
    (here / "link").symlink_to(here / "nfs" / "deep")
    found = {name: tells_all(here / name) for name in (".", "nfs/deep", "a b", "a bc", "nfs/local/x", "over", "link")}
    assert found == {
        ".": True, "nfs/deep": False, "a b": False, "a bc": True, "nfs/local/x": True, "over": False, "link": False,
    }  # fmt: skip
    assert tells_all(here, ["gaps.json"])
    (here / "gaps.json").symlink_to(here / "elsewhere.json")
    assert not tells_all(here, ["gaps.json"])  # who writes it writes to another folder
    mounts.write_text(mounts.read_text() + f"28 22 8:1 /host/x.yaml {here}/x.yaml rw - ext4 /dev/sda1 rw\n")
    assert not tells_all(here, ["x.yaml"])
    assert tells_all(here, ["y.yaml"])
    monkeypatch.setattr(file_notifications, "MOUNTS", here / "none")
    assert not tells_all(here)
