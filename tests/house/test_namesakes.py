"""Each module has its namesake: what `src/adce_async/ROOM/MODULE.py` does is tested by `tests/unit/ROOM/test_MODULE.py`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "adce_async"
TESTS = ROOT / "tests" / "unit"

TESTED_ELSEWHERE = {
    "cluster_ports": "as ports: tests/contract/test_cluster.py",
    "ports": "Protocols only; `adce_async.testing` has their laws as suites, which tests/contract runs over all adapters",
}
"""Modules that need no namesake, each with the reason."""

WITHOUT_YET: frozenset[str] = frozenset()
"""Modules that are still without one. This may only shrink: give one its test, and take it out."""


def modules() -> set[str]:
    """`room/module` of each module, but for `__init__` (names only) and `__main__` (a call of the command line)."""
    paths = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    return {path.with_suffix("").as_posix() for path in paths if path.stem not in ("__init__", "__main__")}


def namesake(module: str) -> Path:
    room, _, name = module.rpartition("/")
    return TESTS / room / f"test_{name}.py"


def test_each_module_has_its_namesake() -> None:
    excused = TESTED_ELSEWHERE.keys() | WITHOUT_YET
    without = {module for module in modules() - excused if not namesake(module).is_file()}
    assert not without, f"tests to write: {sorted(str(namesake(module).relative_to(ROOT)) for module in without)}"


def test_no_module_is_excused_that_has_its_namesake_or_is_gone() -> None:
    known = modules()
    excused = TESTED_ELSEWHERE.keys() | WITHOUT_YET
    assert not {module for module in excused if module not in known or namesake(module).is_file()}


def test_a_namesake_asserts_something() -> None:
    for module in modules():
        if (path := namesake(module)).is_file():
            text = path.read_text()
            assert "assert " in text or "pytest.raises" in text or "Contract" in text, path
