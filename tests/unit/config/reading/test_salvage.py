"""Of a file that is no YAML as a whole, the sections that are: with their lines, beside what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from adce_async.config.reading.documents import read_layer
from adce_async.config.reading.salvage import read_sections

WHOLE = "state_db: elsewhere/adce.db\nhealth_check:\n  port: 0\n  public: false\n"


@pytest.mark.parametrize(
    "broken",
    [
        "max_retries 5\n",
        'max_retries: "3\n',
        "alerts: {enabled: true\n",
        "rate_limiting:\n  enabled: true\n bad: 1\n",
        "rate_limiting:\n\tenabled: true\n",
        "]\n",
        "*unknown: 1\n",
        "a: *unknown\n",
        "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n",
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_what_is_right_by_itself_is_read(tmp_path: Path, broken: str, before: bool) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(broken + WHOLE if before else WHOLE + broken)
    _, problems = read_layer(path)
    assert problems
    layer, said = read_sections(path)
    assert said == problems
    assert layer is not None
    assert layer.data["state_db"] == "elsewhere/adce.db"
    if before or not broken.startswith("]"):  # what is not indented and no key belongs to what stands before it
        assert layer.data["health_check"] == {"port": 0, "public": False}
    origin = layer.origin(("state_db",))
    assert origin is not None
    assert origin.line == 1 + (broken.count("\n") if before else 0)


def test_what_is_whole_is_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(WHOLE)
    layer, problems = read_sections(path)
    assert layer is not None
    assert (layer.data, problems) == (read_layer(path)[0].data, [])  # type: ignore[union-attr]
    assert read_sections(tmp_path / "nowhere.yaml") == (None, [])


def test_what_is_no_text_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"state_db: a\n\xff\xfe\xff")
    layer, problems = read_sections(path)
    assert layer is not None
    assert (layer.data, len(problems)) == ({}, 1)
