"""Mutated configuration and queue files are taken or refused in words (`benchmarks.mutated_files` makes 10,000)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenario.mutated import WrongError, documents, in_words, run, settings_of, silently_wrong

from adce_async.errors import Problem


@pytest.mark.parametrize("seed", range(4))
def test_mutations_are_taken_or_refused_in_words(seed: int) -> None:
    came = run(60, seed)
    assert came["configuration refused"] > 5
    assert came["queue taken"] > 5
    assert came["queue refused"] > 2


def test_queue_files() -> None:
    came = run(2000, 5, queue_share=1.0)
    assert came["queue taken"] > 500
    assert came["queue refused"] > 100


def test_what_must_not_be_would_be_seen(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, documents())
    assert not list(silently_wrong(tmp_path, settings))
    path = tmp_path / "autonomous_config.yaml"
    path.write_text(path.read_text().replace("max_retries: 3", "max_retries: 4"))
    assert list(silently_wrong(tmp_path, settings)) == ["autonomous_config.max_retries: the file says 4, held is 3"]
    with pytest.raises(WrongError, match="no line for people"):
        in_words([Problem("x", 1, "a", "two\nlines")])
