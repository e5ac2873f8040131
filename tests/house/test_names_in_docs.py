"""What the documents call by name is there: `room.module`, `room.module.name`."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import adce_async

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("CONTRIBUTING.md", "docs/architecture.md", "docs/add-a-source.md")
ROOMS = {module.name for module in pkgutil.iter_modules(adce_async.__path__)}


def names(document: str) -> set[str]:
    """Dotted names between back quotes that begin with a module of ours, as they stand there."""
    text = (ROOT / document).read_text()
    found = re.findall(r"`(?:adce_async\.)?([a-z_]+(?:\.\w+)+)(?:\([^`]*\))?`", text)
    # `limits.py` is a file, `errors.md` a document
    return {name for name in found if name.partition(".")[0] in ROOMS and name.rpartition(".")[2] not in ("py", "md")}


def is_there(name: str) -> bool:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(("adce_async", *parts[:count])))
        except ModuleNotFoundError:
            continue
        for attribute in parts[count:]:
            if not hasattr(found, attribute) and attribute not in getattr(found, "__annotations__", {}):
                return False
            found = getattr(found, attribute, None)
        return True
    return False


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document: str) -> None:
    wrong = {name for name in names(document) if not is_there(name)}
    assert not wrong, f"{document} names what is not there: {sorted(wrong)}"


def test_names_are_found_and_told_from_what_is_not_there() -> None:
    assert len(names("docs/architecture.md")) > 20
    assert is_there("planning.expand")
    assert is_there("planning.expand.expand")
    assert not is_there("planning.expand.nothing")
    assert not is_there("planning.nowhere")
