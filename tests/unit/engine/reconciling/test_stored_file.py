"""What was listed comes back by the beginnings of its keys, or not at all."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from adce_async.engine.reconciling import stored_file as module
from adce_async.engine.reconciling.stored_file import Beginnings, StoredFile, StoredFileWriter, forget, joined
from adce_async.errors import StoreError
from adce_async.model.coverage import StoredObject
from adce_async.model.stored_columns import StoredColumns

BEGINNINGS = ("a/", "a/b/", "c/")


def objects(*keys: str) -> list[StoredObject]:
    return [StoredObject(key, n, f"e{n}", 1.0 + n, verified=n % 2 == 0) for n, key in enumerate(keys)]


ALL = objects("a/1", "a/b/2", "a/3", "c/4", "x/5", "a/b/6", "c/7")


def write(folder: Path, *batches: list[StoredObject], listed: tuple[str, ...] = ("",)) -> StoredFile:
    with StoredFileWriter(folder, BEGINNINGS, listed) as writer:
        for batch in batches:
            writer.add(StoredColumns.of(batch))
        return writer.finish(as_of=5.0, taken_at=6.0, source="a listing")


def names(columns: StoredColumns) -> list[str]:
    return sorted(columns.keys.to_pylist())


@pytest.mark.parametrize("size", [1, 2, 100])
def test_rows_come_back_by_beginning(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 2)
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    write(tmp_path, *(ALL[start : start + size] for start in range(0, len(ALL), size)))
    found = StoredFile.load(tmp_path)
    assert found is not None
    assert (found.rows, found.as_of, found.taken_at, found.source) == (7, 5.0, 6.0, "a listing")
    assert names(found.own("a/")) == ["a/1", "a/3"]
    assert names(joined(list(found.under("a/")))) == ["a/1", "a/3", "a/b/2", "a/b/6"]
    assert sorted(joined(list(found.under(""))).to_objects(), key=lambda one: one.key) == sorted(
        ALL, key=lambda one: one.key
    )
    assert sorted(name for columns in found.everything() for name in names(columns)) == names(
        joined(list(found.under("")))
    )
    assert names(found.own("elsewhere/")) == []


def test_what_was_not_asked_for_is_left_out(tmp_path: Path) -> None:
    found = write(tmp_path, ALL, listed=("a/", "c/"))
    assert "x/5" not in names(joined(list(found.under(""))))
    assert (found.covers(["a/", "c/", "a/b/"]), found.covers(["x/"]), found.covers([""])) == (True, False, False)


def test_nobody_knows_what_is_verified_if_one_part_does_not(tmp_path: Path) -> None:
    known = StoredColumns.of(ALL)
    with StoredFileWriter(tmp_path, BEGINNINGS) as writer:
        writer.add(StoredColumns(known.keys, known.sizes, known.modified, known.etags))
        found = writer.finish(as_of=1.0, taken_at=1.0, source="a report")
    assert {columns.verified for columns in found.under("")} == {None}
    assert None not in [columns.verified for columns in write(tmp_path, ALL).under("")]


def test_a_new_one_takes_the_place_of_the_old(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    write(tmp_path, ALL[:2])
    assert len(list(tmp_path.glob("*.arrow"))) == 1
    found = StoredFile.load(tmp_path)
    assert found is not None
    assert found.rows == 2


def test_what_was_not_finished_never_was(tmp_path: Path) -> None:
    write(tmp_path, ALL)

    def fail() -> None:
        with StoredFileWriter(tmp_path, BEGINNINGS) as writer:
            writer.add(StoredColumns.of(ALL[:1]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    found = StoredFile.load(tmp_path)
    assert found is not None
    assert (found.rows, len(list(tmp_path.glob("*.arrow")))) == (7, 1)


def test_an_empty_lake_is_no_missing_one(tmp_path: Path) -> None:
    assert StoredFile.load(tmp_path) is None
    write(tmp_path, [])
    found = StoredFile.load(tmp_path)
    assert found is not None
    assert (found.rows, names(joined(list(found.under(""))))) == (0, [])


def test_a_file_that_was_cut_short_is_not_believed(tmp_path: Path) -> None:
    found = write(tmp_path, ALL)
    found.path.write_bytes(found.path.read_bytes()[:-10])
    with pytest.raises(ValueError, match="not as long"):
        StoredFile.load(tmp_path)
    with pytest.raises(StoreError, match="listed anew"):
        joined(list(found.under("")))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'{"version": 99}'])
def test_a_document_that_is_none_is_not_believed(tmp_path: Path, text: bytes) -> None:
    write(tmp_path, ALL)
    (tmp_path / "stored.json").write_bytes(text)
    with pytest.raises(ValueError, match=r"stored\.json"):
        StoredFile.load(tmp_path)


def test_a_document_without_its_file_is_not_believed(tmp_path: Path) -> None:
    found = write(tmp_path, ALL)
    found.remove()
    assert StoredFile.load(tmp_path) is None


def test_bytes_that_are_not_ours_are_an_error_not_a_smaller_lake(tmp_path: Path) -> None:
    found = write(tmp_path, ALL)
    size = found.path.stat().st_size
    found.path.write_bytes(b"\x00" * size)
    with pytest.raises(StoreError):
        joined(list(found.under("a/")))


def test_forgotten_is_gone(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    forget(tmp_path)
    assert (StoredFile.load(tmp_path), list(tmp_path.iterdir())) == (None, [])


def test_a_folder_that_cant_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be written"):
        write(tmp_path / "file" / "folder", ALL)


def test_the_longest_beginning_has_the_key() -> None:
    of = Beginnings(BEGINNINGS)
    found = {prefix: names(some) for prefix, some in of.split(StoredColumns.of(ALL))}
    assert found == {"a/": ["a/1", "a/3"], "a/b/": ["a/b/2", "a/b/6"], "c/": ["c/4", "c/7"], "": ["x/5"]}
    assert orjson.dumps(sorted(of.all)) == b'["a/","a/b/","c/"]'
