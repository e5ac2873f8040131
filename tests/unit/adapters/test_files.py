"""Walking a tree and naming what is wrong with it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import structlog

from adce_async.adapters.files import MOST_NAMES_SAID, UnusableNames, describe, file_status, sync, walk


def tree(root: Path, *names: str) -> Path:
    root = Path(os.path.realpath(root))
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def keys(root: Path, prefix: str = "", skipped: list[str] | None = None) -> list[str]:
    return sorted(key for key, _ in walk(root, prefix, ".adce", (skipped if skipped is not None else []).append))


def test_only_the_folders_that_a_prefix_needs_are_read(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/b/1", "a/b/2", "a/c/1", "b/1")
    entered: list[str] = []
    real = os.scandir

    def scandir(path: str) -> object:
        entered.append(os.path.relpath(path, root))
        return real(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.scandir", scandir)
        assert keys(root, "a/b") == ["a/b/1", "a/b/2"]
    assert entered == ["a", "a/b"]


def test_our_own_folder_is_left_out_at_the_top_only(tmp_path: Path) -> None:
    root = tree(tmp_path, ".adce/tmp/1", ".adce2/1", "a/.adce/1")
    assert keys(root) == [".adce2/1", "a/.adce/1"]
    assert keys(root, ".adce/") == []
    assert keys(root, ".adce/tmp/") == []


@pytest.mark.parametrize("prefix", ["/", "//", "../", "a/../", "./", "a/\0/", "a\n/", "a//", "nowhere/", "a/1/"])
def test_a_prefix_that_no_key_has_selects_nothing(tmp_path: Path, prefix: str) -> None:
    assert keys(tree(tmp_path, "a/1"), prefix) == []


def test_names_that_cannot_be_keys_are_told_and_left_out(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1", "a/back\\slash", "line\nfeed/1")
    (root / os.fsdecode(b"latin\xe9")).write_text("x")
    skipped: list[str] = []
    assert keys(root, skipped=skipped) == ["a/1"]
    assert sorted(skipped) == sorted(["a/back\\slash", "line\nfeed", os.fsdecode(b"latin\xe9")])


def test_links_to_files_within_count_and_nothing_else_does(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", "secret")
    root = tree(tmp_path / "lake", "a/1", ".adce/objects.db")
    (root / "inside").symlink_to("a/1")
    (root / "secret").symlink_to(outside / "secret")
    (root / "ours").symlink_to(".adce/objects.db")
    (root / "dangling").symlink_to("nowhere")
    (root / "ring").symlink_to("ring")
    (root / "folder").symlink_to("a")
    (root / "a" / "cycle").symlink_to("..")
    os.mkfifo(root / "pipe")
    assert keys(root) == ["a/1", "inside"]
    assert keys(root, "folder/") == []
    for name in ("secret", "ours", "dangling", "ring", "folder", "pipe", "nowhere"):
        assert file_status(f"{root}/{name}", root, ".adce") is None, name
    inside = file_status(f"{root}/inside", root, ".adce")
    assert inside is not None
    assert inside.st_size == 3


def test_a_file_that_vanishes_is_left_out_and_a_folder_that_vanishes_is_an_error(tmp_path: Path) -> None:
    root = tree(tmp_path, "1", "2", "a/1")
    found = walk(root, "", ".adce", print)
    first, _ = next(found)
    (root / ("2" if first == "1" else "1")).unlink()
    (root / "a" / "1").unlink()
    (root / "a").rmdir()
    with pytest.raises(FileNotFoundError):
        list(found)
    assert keys(root) == [first]


def test_a_root_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        keys(tmp_path / "lake")


def test_syncing_what_is_gone_is_done(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1")
    for name in ("a/1", "a", "a/2", "a/1/2"):
        sync(f"{root}/{name}")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "no space is left on its disk: free some"),
        (errno.EROFS, "its file system is read-only: mount it writable"),
        (errno.EACCES, "permission denied: give it to the service's user (chown, chmod)"),
        (errno.EBADMSG, os.strerror(errno.EBADMSG)),
    ],
)
def test_an_error_says_where_what_and_what_to_do(number: int, advice: str) -> None:
    text = describe(Path("/lake/a"), "storing it", OSError(number, os.strerror(number)))
    assert text == f"/lake/a: storing it: {advice}"


def test_what_file_systems_put_at_the_top_of_a_volume_is_no_part_of_the_lake(tmp_path: Path) -> None:
    for folder in ("lost+found", ".snapshot", "a/lost+found"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "1.json").touch()
    assert {key for key, _ in walk(tmp_path, "", ".adce", print)} == {"a/lost+found/1.json"}


def test_names_that_cannot_be_keys_are_said_once_each_and_a_lake_full_of_them_not_for_ever(tmp_path: Path) -> None:
    unusable = UnusableNames(tmp_path)
    with structlog.testing.capture_logs() as said:
        for name in ("a", "b", "a", *map(str, range(2 * MOST_NAMES_SAID))):
            unusable.left_out(name)
    assert [one["name"] for one in said] == ["a", "b", *map(str, range(MOST_NAMES_SAID - 2))]
    assert [one["name"] for one in said if "more" in one] == [str(MOST_NAMES_SAID - 3)]
