"""What a listing finds otherwise than it was known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adce_async.engine.reconciling import drift as module
from adce_async.engine.reconciling.drift import Drift
from adce_async.model.coverage import StoredObject
from adce_async.model.stored_columns import StoredColumns

A, B, C, D = (StoredObject(key, 5, f"e{key}", 100.0, verified=True) for key in "abcd")


def unknown(columns: StoredColumns) -> StoredColumns:
    return StoredColumns(columns.keys, columns.sizes, columns.modified, columns.etags)


def test_each_kind_is_counted() -> None:
    drift = Drift()
    other = replace(B, etag="other", verified=False)
    drift.add(StoredColumns.of([A, B, C]), StoredColumns.of([other, C, D]), lambda _key: False)
    assert (drift.appeared, drift.vanished, drift.changed, drift.count) == (1, 1, 1, 3)
    assert drift.now == {"a": None, "b": other, "d": D}


def test_a_size_is_a_change_and_a_time_alone_is_none_but_is_taken_in() -> None:
    drift = Drift()
    small, later = replace(A, size=1), replace(B, modified=500.0)
    drift.add(StoredColumns.of([A, B]), StoredColumns.of([small, later]), lambda _key: False)
    assert (drift.count, drift.changed, drift.now) == (1, 1, {"a": small, "b": later})


def test_what_is_known_better_is_no_drift() -> None:
    drift = Drift()
    drift.add(StoredColumns.of([A]), StoredColumns.of([B]), lambda key: key in "ab")
    assert (drift.count, drift.now) == (0, {})


def test_who_lists_without_knowing_what_is_ours_takes_it_over() -> None:
    theirs = replace(B, etag="other", modified=900.0, verified=False)
    listed = StoredColumns.of([replace(A, modified=300.0), theirs, D])
    merged = Drift().add(StoredColumns.of([A, B]), unknown(listed), lambda _key: False)
    assert merged.to_objects() == [A, theirs, replace(D, verified=False)]


def test_too_many_are_counted_and_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NAMED", 2)
    drift = Drift()
    drift.add(StoredColumns.of(()), StoredColumns.of([A, B, C]), lambda _key: False)
    drift.add(StoredColumns.of([D]), StoredColumns.of(()), lambda _key: False)
    assert (drift.appeared, drift.vanished, drift.now) == (3, 1, None)
