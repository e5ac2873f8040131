"""Layers to settings: laid over each other, validated, held against each other, with every problem at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from adce_async.config.autonomous import AutonomousConfig
from adce_async.config.base import Model, Parts, leaves
from adce_async.config.crosscheck import Files, Known, cross_problems, cross_warnings
from adce_async.config.explain import explain
from adce_async.config.inventory import InventoryConfig
from adce_async.config.layers import Layer, Place, fold
from adce_async.config.reconciliation import ReconciliationConfig
from adce_async.config.scraper import ScraperConfig
from adce_async.config.settings import DEFAULT, MODELS, OLD_VALUES, WITHOUT_EFFECT
from adce_async.errors import Problem

M = TypeVar("M", bound=Model)
_ROUNDS = 10


@dataclass(slots=True)
class Assembly:
    """All layers of each file, and what was found out about them."""

    layers: Mapping[str, Layer]
    files: Mapping[str, str]
    """The files without their ending -> their names for messages."""
    problems: list[Problem]
    warnings: list[Problem]

    def validated(self, known: Known) -> Files:
        """All four models. What is wrong goes to `problems`; if there is any, the models are good for nothing else."""
        files = Files(
            self._model("autonomous_config", AutonomousConfig),
            self._model("scraper_config", ScraperConfig),
            self._model("reconciliation_config", ReconciliationConfig),
            self._model("data_inventory", InventoryConfig),
        )
        known = self._with_unread(known)
        self.problems += self._located(cross_problems(files, known))
        self.warnings += self._located(cross_warnings(files, known))
        for name, layer in self.layers.items():
            self.warnings += _without_effect(name, layer)
        return files

    def origins(self, files: Files) -> dict[str, str]:
        """Dotted key of every leaf, with its file in front -> who set it."""
        held = (files.service, files.scraping, files.reconciliation, files.inventory)
        return {
            ".".join((name, *path)): str(self.layers[name].place(path) or DEFAULT)
            for name, model in zip(MODELS, held, strict=True)
            for path, _ in leaves(model)
        }

    def _model(self, name: str, model: type[M]) -> M:
        """The model of one file; without its wrong parts if it has any, so that the rest can still be checked."""
        layer = self.layers[name]
        data: Any = layer.data
        for round_number in range(_ROUNDS):
            try:
                return model.model_validate(data)
            except ValidationError as error:
                found = explain(error, model)
                if round_number == 0:
                    self.problems += self._located((name, path, message) for path, message, _ in found)
                for path, _, kind in found:
                    data = _without(data, path[:-1] if kind == "missing" else path)
        return model()

    def _located(self, findings: Iterable[tuple[str, Parts, str]]) -> Iterator[Problem]:
        for name, path, message in findings:
            layer = self.layers[name]
            place = layer.nearest(path, self.files[name])
            exact = layer.place(path)
            yield place.problem(message, exact.key if exact else ".".join(path))

    def _with_unread(self, known: Known) -> Known:
        """Names that the files declare, even where the declaration itself is wrong: said once is enough."""
        scraping, inventory = self.layers["scraper_config"].data, self.layers["data_inventory"].data
        coverage = _section(inventory, "expected_coverage")
        data_types = {
            f"{source.lower()}.{name}"
            for source, held in coverage.items()
            for name, one in _section(held, "data_types").items()
            if not (isinstance(one, dict) and one.get("enabled") is False)
        }
        return Known(
            known.sources | {name.lower() for name in _section(scraping, "sources")},
            known.scrapers | _section(scraping, "scrapers").keys(),
            known.data_types | data_types,
        )


def _section(data: Any, key: str) -> dict[str, Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _without(data: Any, path: Parts) -> Any:
    """`data` without what is at `path` (or without the list that it is in)."""
    if not path or not isinstance(data, dict):
        return {} if not path else data
    key = next((k for k in data if k.lower() == path[0].lower()), None)
    if key is None:
        return data
    below = data[key]
    if len(path) == 1 or not isinstance(below, dict):
        return {k: v for k, v in data.items() if k != key}
    return {**data, key: _without(below, path[1:])}


def _without_effect(name: str, layer: Layer) -> Iterator[Problem]:
    """One warning for each key (of any name) that is read and does nothing, at the first place where it is set."""
    reasons = {key: f"has no effect any more: {reason}" for key, reason in WITHOUT_EFFECT[name].items()}
    old_values = OLD_VALUES.get(name, {})
    set_at: dict[str, list[Place]] = {}
    for path, place in layer.places.items():
        value = _value(layer.data, path)
        for pattern in (*reasons, *old_values):
            if value is not None and _matches(tuple(pattern.split(".")), path):
                old = pattern not in old_values or (isinstance(value, str) and old_values[pattern][0](value))
                if old:
                    set_at.setdefault(pattern, []).append(place)
    for pattern, places in set_at.items():
        reason = reasons.get(pattern) or old_values[pattern][1]
        more = f" ({len(places) - 1} more like it)" if len(places) > 1 else ""
        yield places[0].problem(reason + more)


def _matches(pattern: Parts, path: Parts) -> bool:
    return len(pattern) == len(path) and all(want in ("*", part) for want, part in zip(pattern, path, strict=True))


def _value(data: Any, path: Parts) -> Any:
    for part in path:
        if isinstance(data, dict):
            data = next((value for key, value in data.items() if key.lower() == part), None)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data
