"""The house stays small: modules, functions, and `__init__`s that hold names only."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE, LONGEST_FUNCTION = 500, 60
"""Lines."""
MODULES = sorted((ROOT / "src" / "adce_async").rglob("*.py"))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_there_are_modules_to_measure() -> None:
    assert len(MODULES) > 40


def long_functions(path: Path) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {node.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]


def test_modules_and_functions_are_short() -> None:
    assert [path for path in MODULES if lines(path) > LONGEST_MODULE] == []
    assert [name for path in MODULES for name in long_functions(path)] == []


def test_half_of_the_modules_are_under_170_lines() -> None:
    assert statistics.median(map(lines, MODULES)) <= 170


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_init_holds_names_only(path: Path) -> None:
    kinds = {type(node) for node in ast.parse(path.read_text()).body}
    assert kinds <= {ast.Expr, ast.Assign, ast.ImportFrom, ast.Import}


def test_nothing_committed_names_a_registry_or_a_download_address() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in path.read_text(), path
