"""The helper that finds which fields are read: by type, in the forms that the program uses, and no other's names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import Field
from tests.unit.config.field_reads import field_reads, modules_below

from adce_async.config.files.base import Model


class Inner(Model):
    enabled: bool = True
    port: int = 1
    host: str = "x"


class Outer(Model):
    enabled: bool = True
    inner: Inner = Inner()
    many: dict[str, Inner] = Field(default_factory=dict)

    def doubled(self) -> int:
        return self.inner.port * 2

    @property
    def first(self) -> Inner | None:
        return next(iter(self.many.values()), None)


class Stranger:
    enabled = True
    port = 1


@dataclass
class Holder:
    held: Mapping[str, Outer]


class Keeper:
    def __init__(self, outer: Outer) -> None:
        self._outer = outer


CODE = """
from __future__ import annotations
from tests.unit.config.test_field_reads import Holder, Keeper, Outer, Stranger

def made(outer: Outer) -> Outer:
    return outer

def use(stranger: Stranger, holder: Holder, keeper: Keeper) -> None:
    for name, outer in holder.held.items():
        BODY
"""


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("pass", set()),
        ("name.enabled", set()),
        ("outer.enabled", {"Outer.enabled"}),
        ("outer.inner", {"Outer.inner"}),
        ("print(outer.inner.host)", {"Outer.inner", "Inner.host"}),
        ("outer.doubled()", {"Outer.inner", "Inner.port"}),
        ("stranger.enabled, stranger.port", set()),
        ("keeper._outer.enabled", {"Outer.enabled"}),
        ("made(outer).enabled", {"Outer.enabled"}),
        ("if (x := outer.first): x.host", {"Outer.many", "Inner.host"}),
        ("lambda: outer.enabled", {"Outer.enabled"}),
        ("[each.host for each in outer.many.values() if name]", {"Outer.many", "Inner.host"}),
        ("x = outer.many.get(name); y = x and x.port", {"Outer.many", "Inner.port"}),
        ("x = outer.inner if name else None; f'{x.host}'", {"Outer.inner", "Inner.host"}),
        ("outer.inner.model_dump()", {"Outer.inner", "Inner.enabled", "Inner.port", "Inner.host"}),
        ("outer.model_dump_json()", set()),
    ],
)
def test_reads_are_found_by_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, read: set[str]) -> None:
    (tmp_path / "made_up_reader.py").write_text(CODE.replace("BODY", body))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "made_up_reader", raising=False)
    found = field_reads(iter(["made_up_reader"]))
    monkeypatch.delitem(sys.modules, "made_up_reader", raising=False)
    assert {f"{model.__name__}.{name}" for model, name in found} == read


def test_all_modules_are_walked() -> None:
    names = list(modules_below("adce_async.config"))
    assert {"adce_async.config", "adce_async.config.files.base", "adce_async.config.reading.load"} <= set(names)
