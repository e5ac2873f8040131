"""The newest of each key counts, in whatever order it comes, and none is forgotten."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from adce_async.engine.reconciling.stored_changes import StoredChanges
from adce_async.model.coverage import StoredObject
from adce_async.model.stored_change import StoredChange

OURS = StoredObject("a", 10, "ours", 100.0, verified=True)


def made(etag: str, at: float, sequencer: str = "", size: int = 5) -> StoredChange:
    return StoredChange("a", removed=False, size=size, etag=etag, at=at, sequencer=sequencer)


def gone(at: float, sequencer: str = "") -> StoredChange:
    return StoredChange("a", removed=True, at=at, sequencer=sequencer)


def stored(changes: StoredChanges) -> StoredObject | str | None:
    known = changes.get("a")
    return "nothing known" if known is None else known.stored


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_sequencers_put_any_order_right(order: tuple[int, ...]) -> None:
    events = [made("1", 10.0, "01"), gone(11.0, "02"), made("3", 12.0, "03")]
    changes = StoredChanges(None)
    for n in (*order, *order):  # at least once
        changes.apply(events[n])
    assert stored(changes) == StoredObject("a", 5, "3", 12.0)


def test_what_is_known_already_says_nothing_new() -> None:
    changes = StoredChanges(None)
    assert changes.apply(made("1", 10.0, "01"))
    assert not changes.apply(made("1", 10.0, "01"))
    assert changes.put(OURS, 100.0)
    assert not changes.put(OURS, 100.0)


def test_the_echo_of_our_own_put_changes_nothing() -> None:
    changes = StoredChanges(None)
    changes.put(OURS, 100.0)
    assert not changes.apply(made("ours", 101.0, "05", size=10))
    assert stored(changes) == OURS


def test_what_is_older_than_our_put_comes_too_late() -> None:
    changes = StoredChanges(None)
    changes.put(OURS, 100.0)
    assert not changes.apply(gone(90.0, "04"))
    assert stored(changes) == OURS


def test_others_win_over_an_older_put_of_ours() -> None:
    changes = StoredChanges(None)
    changes.put(OURS, 100.0)
    assert changes.apply(gone(150.0, "06"))
    assert stored(changes) is None
    assert changes.apply(made("theirs", 160.0, "07"))
    assert stored(changes) == StoredObject("a", 5, "theirs", 160.0)


def test_a_removal_just_before_our_put_is_put_right_by_its_echo() -> None:
    changes = StoredChanges(None)
    changes.put(OURS, 100.0)
    changes.apply(gone(99.0, "04"))  # clocks differ: nobody knows which was first ...
    changes.apply(made("ours", 100.5, "05", size=10))  # ... but the sequencer does
    assert stored(changes) == OURS


def test_nothing_is_forgotten_by_a_process_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "state" / "stored.journal"
    changes = StoredChanges(path)
    changes.put(OURS, 100.0)
    changes.apply(StoredChange("b", removed=True, at=50.0, sequencer="09"))
    changes.apply(StoredChange("c", removed=False, size=1, etag="x", at=5.0))
    path.write_bytes(path.read_bytes() + b'["d", 100.0, "", [1, "x"')  # cut short
    again = StoredChanges(path)
    again.load(10.0)
    assert again.get("a") == changes.get("a")
    assert again.get("b") == changes.get("b")
    assert (again.get("c"), again.get("d"), len(again)) == (None, None, 2)
    assert not again.apply(StoredChange("b", removed=False, size=1, at=60.0, sequencer="08"))
    changes.close()
    again.close()


def test_what_a_full_listing_has_is_dropped_from_the_journal_too(tmp_path: Path) -> None:
    changes = StoredChanges(tmp_path / "stored.journal")
    changes.put(OURS, 100.0)
    changes.apply(StoredChange("b", removed=True, at=200.0))
    changes.keep_since(150.0)
    assert (len(changes), changes.get("a")) == (1, None)
    changes.apply(StoredChange("b/c", removed=True, at=300.0))
    changes.close()
    again = StoredChanges(tmp_path / "stored.journal")
    again.load(0.0)
    assert len(again) == 2


def test_keys_under_a_beginning() -> None:
    changes = StoredChanges(None)
    for key in ("a/1", "b/1", "b/2", "b0", "c"):
        changes.apply(StoredChange(key, removed=True, at=1.0))
    assert list(changes.under("b/")) == ["b/1", "b/2"]
    changes.apply(StoredChange("b/0", removed=True, at=1.0))
    assert list(changes.under("b/")) == ["b/0", "b/1", "b/2"]
    assert list(changes.under("d")) == []
    assert len(changes.under("")) == 6


def test_a_journal_that_cant_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    changes = StoredChanges(tmp_path / "file" / "stored.journal")
    changes.put(OURS, 100.0)
    assert (stored(changes), changes.broken) == (OURS, True)
