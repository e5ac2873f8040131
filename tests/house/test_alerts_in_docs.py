"""Each trouble that the code can tell of is in the table of docs/operations.md, with what to do."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adce_async.model.conditions import CONDITIONS
from adce_async.service.advice import advice

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "adce_async"
TELLERS = {"tell", "_tell", "trouble"}


def documented() -> set[str]:
    """The names in the first column of the table of alerts."""
    section = (ROOT / "docs" / "operations.md").read_text().partition("\n## Alerts\n")[2].partition("\n## ")[0]
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def told() -> Iterator[tuple[str, str]]:
    """(module, name of the trouble) of each call that tells of one; what varies in a name is `NAME`."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        if not any(f"{teller}(" in text for teller in TELLERS):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or len(node.args) != 2:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            module = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
            if called in TELLERS and (name := name_of(node.args[0], module)):
                yield module, name


def name_of(node: ast.expr, module: str) -> str:
    """The text of an expression; '' if it is not to be seen here (it is handed through)."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(name_of(part, module) or "NAME" for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return name_of(node.value, module) or "NAME"
    if isinstance(node, ast.Name) and node.id.isupper():
        return str(getattr(importlib.import_module(module), node.id))
    return ""


def fits(name: str, pattern: str) -> bool:
    """Whether a documented name (with words in capitals for what varies) is that of a trouble."""
    return re.sub(r"\b[A-Z]+\b", "*", name) == re.sub(r"\b[A-Z]+\b", "*", pattern)


def test_each_trouble_is_in_the_table() -> None:
    rows = documented()
    missing = {name for _, name in told() if not any(fits(name, pattern) for pattern in rows)}
    assert missing == set(), "docs/operations.md has no row for them"


@pytest.mark.parametrize("name", sorted(documented() - {"runner", "loop NAME"}))
def test_the_page_says_what_to_do_about_each_of_the_table(name: str) -> None:
    assert advice(name) != advice("a part that nobody knows"), f"service/advice.py has no line for {name!r}"


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_each_condition_is_in_the_table(condition: str) -> None:
    assert f"| {condition}" in (ROOT / "docs" / "operations.md").read_text()


def test_names_are_found_where_they_are_told() -> None:
    found = {name for _, name in told()}
    assert {"storage", "queue", "source NAME", "cloudwatch", "configuration", "account of NAME", "drift"} <= found
