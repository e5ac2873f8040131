"""The index of a lake that was moved, in both of its forms."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from adce_async.adapters.old_index import OldIndex
from adce_async.adapters.store_local import LocalStore
from adce_async.errors import FixMeError
from adce_async.ports import Provenance

ORIGIN = Provenance("https://ant.test/1", 500.0, "ant_items", "3", "application/json", 200, '"v1"', "yesterday")


async def test_it_tells_what_the_lake_knew(tmp_path: Path) -> None:
    async with LocalStore(tmp_path) as store:
        await store.put("ant/1.json", b"{}", ORIGIN)
    with OldIndex(tmp_path / ".adce" / "objects.db") as index:
        assert index.find_all(["ant/1.json", "ant/2.json"]) == {
            "ant/1.json": (2, hashlib.sha256(b"{}").hexdigest(), ORIGIN)
        }


def test_what_is_none_is_a_persons_mistake(tmp_path: Path) -> None:
    with pytest.raises(FixMeError, match="there is no such file"), OldIndex(tmp_path / "objects.db"):
        pass
    (tmp_path / "objects.db").write_text("not a database, but long enough to be looked at " * 20)
    with pytest.raises(FixMeError, match=r"--index: .*objects\.db"), OldIndex(tmp_path / "objects.db"):
        pass
