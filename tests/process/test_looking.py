"""Commands that only look leave nothing behind: no database, no lake, no folder; also where nothing can be written."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.process.conftest import Desk
from tests.process.test_verify_command import ant, put
from tests.process.warm import Warm

LOOKS: tuple[tuple[str, ...], ...] = (
    ("coverage",),
    ("plan",),
    ("parked",),
    ("parked", "retry", "ant/1.json"),
    ("sources",),
)


def tree(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else "folder" for path in folder.rglob("*")
    }


@contextlib.contextmanager
def read_only(desk: Desk) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Nothing of the desk can be written; yields what runs commands there. (Root may write all the same, so it may not.)"""
    plainly = [] if os.getuid() else ["setpriv", "--bounding-set=-dac_override"]
    if plainly and shutil.which(plainly[0]) is None:
        pytest.skip("runs as root, who may write everything, and there is no setpriv")

    warm = Warm(*plainly)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return warm.run(desk.words(arguments), cwd=desk.folder)

    paths = [desk.folder, *desk.folder.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    yield run
    warm.close()
    for path in paths:
        path.chmod(path.stat().st_mode | 0o200)


def test_looking_at_what_is_not_there_makes_nothing(desk: Desk) -> None:
    desk.ants(3)
    before = tree(desk.folder)
    for words in (*LOOKS, ("verify",)):
        desk.run(*words)
        assert tree(desk.folder) == before, words


def test_looking_at_a_filled_lake_makes_nothing(desk: Desk) -> None:
    desk.ants(3)
    put(desk, "ant/1.json", ant(1))
    before = tree(desk.folder)
    for words in LOOKS:
        desk.run(*words)
        assert tree(desk.folder) == before, words
    totals = json.loads(desk.run("coverage", "--json", expect=0).stdout)["totals"]
    assert (totals["expected"], totals["stored"], totals["missing"]) == (3, 1, 2)


def test_judging_remembers_what_it_has_judged(desk: Desk) -> None:
    desk.ants(3)
    put(desk, "ant/1.json", ant(1))
    desk.run("verify", expect=0)
    assert (desk.inventory / "adce.db").exists()
    assert not (desk.lake / ".adce").exists()
    assert json.loads(desk.run("coverage", "--json", expect=0).stdout)["totals"]["verified"] == 1


def test_what_can_only_be_read_is_looked_at_all_the_same(desk: Desk, upstream) -> None:
    desk.ants(3)
    desk.mirror = upstream().url
    desk.run("run", "--once", "--max-wait", "1", expect=0)
    with read_only(desk) as run:
        before = tree(desk.folder)
        for words in (*LOOKS, ("verify",)):
            done = run(*words)
            assert "Traceback" not in done.stderr
            assert done.returncode == (2 if "retry" in words else 0), (words, done.stderr)
            assert tree(desk.folder) == before, words
        totals = json.loads(run("coverage", "--json").stdout)["totals"]
        assert (totals["stored"], totals["verified"]) == (3, 3)
        refused = run("parked", "retry", "ant/1.json")
        assert "adce.db" in refused.stderr  # nothing is said to be done that can't be written
        assert "nothing is remembered of what is judged" in run("verify", "--all").stderr
