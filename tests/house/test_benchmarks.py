"""Each benchmark can be imported and says what it is measured against."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from benchmarks.__main__ import NAMES, module
from benchmarks.harness import Figure

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
HELPERS = {
    "__init__",
    "__main__",
    "harness",
    "audit_server",
    "lean_server",
    "ours",
    "s3_list_server",
    "shape_server",
    "shapes",
    "venvs",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_declares_its_bound(name: str) -> None:
    found = module(name)
    assert found.BOUND
    assert {"quick"} <= set(inspect.signature(found.run).parameters)


def test_no_benchmark_is_left_out_of_the_list() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - HELPERS == set(NAMES)


def test_a_figure_is_judged_by_its_ratio() -> None:
    assert Figure("speed", 8.0, "/s", "peer", 4.0, at_least=2.0).met
    assert not Figure("speed", 7.9, "/s", "peer", 4.0, at_least=2.0).met
    assert Figure("time", 1.0, "s", "bound", 2.0, at_most=0.5).met
    assert not Figure("time", 1.1, "s", "bound", 2.0, at_most=0.5).met
    assert Figure("violations", 0.0, "", "none", 0.0, at_most=0.0).met
    assert not Figure("violations", 1.0, "", "none", 0.0, at_most=0.0).met
    assert Figure("anything", 1.0, "", "peer", 2.0).met is None
