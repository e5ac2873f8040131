"""The DIMS metrics file."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.yaml_text import parsed

from adce_async.adapters.dims import DimsFile
from adce_async.errors import AdceError

texts = st.text().filter(lambda text: text.isprintable() or text.isascii())


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_the_file_is_flat_and_replaced_whole(tmp_path: Path) -> None:
    sink = DimsFile(tmp_path / "inventory" / "metrics.yaml")
    await sink.publish({"old": 1})
    await sink.publish({"cycles_completed": 3, "orchestrator_success_rate": 0.975, "last_run": "2025-01-15T12:00:00Z"})
    assert (tmp_path / "inventory" / "metrics.yaml").read_text() == (
        'cycles_completed: 3\norchestrator_success_rate: 0.975\nlast_run: "2025-01-15T12:00:00Z"\n'
    )
    assert names(tmp_path / "inventory") == ["metrics.yaml"]


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        texts,
        st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False), texts),
        max_size=4,
    )
)
async def test_every_value_is_read_back_as_it_was(metrics: dict[str, float | str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await DimsFile(Path(folder) / "metrics.yaml").publish(metrics)
        read = parsed((Path(folder) / "metrics.yaml").read_text(encoding="utf-8")) or {}
    assert read == metrics
    assert {name: type(value) for name, value in read.items()} == {name: type(v) for name, v in metrics.items()}


async def test_what_is_no_number_stays_none(tmp_path: Path) -> None:
    await DimsFile(tmp_path / "metrics.yaml").publish({"rate": math.nan})
    assert math.isnan(parsed((tmp_path / "metrics.yaml").read_text())["rate"])


async def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").mkdir()
    with pytest.raises(AdceError, match=r"metrics\.yaml: the metrics can't be written \(Is a directory\)"):
        await DimsFile(tmp_path / "metrics.yaml").publish({"a": 1})
    assert names(tmp_path) == ["metrics.yaml"]
