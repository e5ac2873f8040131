"""What nobody understands is kept, and never takes more room than it may."""

import json
from pathlib import Path

from adce_async.adapters.set_aside import SetAside, Unread


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_messages_are_kept_with_what_is_wrong_with_them(tmp_path: Path) -> None:
    kept = SetAside(tmp_path / "aside.jsonl")
    kept.keep([Unread("{", "no JSON")], 0.0)
    kept.keep([Unread('a "b"\n', "strange")], 60.0)
    assert lines(kept.path) == [
        {"at": "1970-01-01T00:00:00Z", "reason": "no JSON", "body": "{"},
        {"at": "1970-01-01T00:01:00Z", "reason": "strange", "body": 'a "b"\n'},
    ]


def test_the_file_and_the_one_before_it_are_bounded(tmp_path: Path) -> None:
    kept = SetAside(tmp_path / "aside.jsonl", most_bytes=1000)
    for number in range(100):
        kept.keep([Unread(f"{number:04}", "why")], 0.0)
    assert kept.path.stat().st_size <= 1000
    assert kept.before.stat().st_size <= 1000
    assert [line["body"] for line in lines(kept.path)][-1] == "0099"
    assert {path.name for path in tmp_path.iterdir()} == {"aside.jsonl", "aside.jsonl.before"}


def test_of_many_at_once_the_last_ones_are_kept(tmp_path: Path) -> None:
    kept = SetAside(tmp_path / "aside.jsonl", most_bytes=1000)
    kept.keep([Unread(f"{number:04}", "why") for number in range(1000)], 0.0)
    assert kept.path.stat().st_size <= 1000
    assert lines(kept.path)[-1]["body"] == "0999"


def test_a_message_of_any_size_and_of_any_characters_is_kept(tmp_path: Path) -> None:
    kept = SetAside(tmp_path / "aside.jsonl")
    kept.keep([Unread("\ud800" + "x" * 1_000_000, "half a character")], 0.0)
    (line,) = lines(kept.path)
    assert line["body"].startswith("?xxx")
    assert kept.path.stat().st_size < 30_000
