"""Layers to settings: laid over each other, validated, held against each other, with every problem at its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import KeyPath, Model
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.keys import fold, leaves
from adce_async.config.files.reconciliation import ReconciliationConfig
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.config.reading.crosscheck import Files, Known, cross_problems, cross_warnings
from adce_async.config.reading.environment import environment_layers, tidied
from adce_async.config.reading.explain import explain
from adce_async.config.reading.layers import COMMAND_LINE, ENVIRONMENT, Layer, Origin
from adce_async.config.reading.old_forms import advice, old_entries, old_form
from adce_async.config.reading.paths import Resolver, folder_of
from adce_async.config.reading.places import shared_places
from adce_async.config.reading.retiring import drop_retired
from adce_async.config.reading.unheard import unheard
from adce_async.config.settings import (
    DEFAULT,
    INVENTORY,
    MODELS,
    Overrides,
    Settings,
)
from adce_async.errors import ConfigError, Problem

M = TypeVar("M", bound=Model)
_ROUNDS = 10
MOST_RETIRED = 10
"""More warnings of this kind in one file are told as one."""


Read = Callable[[Path], tuple[Layer | None, list[Problem]]]
"""A file as a layer, and what is wrong with it; None if it is not there."""
NOTHING_DECLARED = "nothing is declared, so nothing will be collected"
BEGIN = "`adce init` writes what to begin with"


def assemble(
    overrides: Overrides,
    environ: Mapping[str, str],
    *,
    read: Read,
    parse: Callable[[str], Any],
    known: Known,
    salvage: bool = False,
) -> Settings:
    """See `load.load`. `read` and `parse` know YAML; `parse` raises ValueError.

    `salvage`: leave out what is wrong in files and environment, see `Settings.left_out`.
    """
    ours = tidied(environ)
    environ = ours.values
    config_dir, config_place = folder_of(overrides, environ, "config")
    inventory_dir, _ = folder_of(overrides, environ, "inventory")
    files = {name: (inventory_dir if name == INVENTORY else config_dir) / f"{name}.yaml" for name in MODELS}
    work = _Assembly(files, {name: Layer() for name in MODELS}, ours.problems, ours.warnings)
    missing = config_place.file != DEFAULT and not config_dir.is_dir()
    if missing:
        message = f"no such folder '{config_dir}'; expected the one that holds autonomous_config.yaml and the others"
        work.problems.append(config_place.problem(message))
    readable = work.read_files(read) and not missing
    work.add_environment(environ, parse, ours.quoted)
    work.add_options(overrides)
    models = work.validated(known, cross=readable and not (salvage and work.problems))
    resolver = Resolver(overrides, environ, models, work.layers)
    paths = resolver.paths()
    work.problems += resolver.problems
    if not work.problems:  # then each path is one
        work.problems += work.located(shared_places(models.service, paths, files))
    problems = work.in_order()
    if problems and not (salvage and all(problem.file != COMMAND_LINE for problem in problems)):
        raise ConfigError(problems)
    settings = Settings(
        models.service,
        models.scraping,
        models.reconciliation,
        models.inventory,
        paths,
        work.origins(models) | resolver.origins,
        tuple(work.warnings),
        tuple(files.values()),
        tuple(problems),
    )
    return replace(settings, warnings=(*settings.warnings, *unheard(settings)))


@dataclass(slots=True)
class _Assembly:
    """The layers of each file, laid over each other as they come, and what was found out about them."""

    files: Mapping[str, Path]
    layers: dict[str, Layer]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    wrong: dict[str, list[KeyPath]] = field(default_factory=dict)
    """Where each file could not be validated."""
    old: dict[str, list[KeyPath]] = field(default_factory=dict)
    """The entries of each file that have the form of the system before this one."""

    def in_order(self) -> list[Problem]:
        """All that is wrong, file after file and line after line."""
        at = {str(path): index for index, path in enumerate(self.files.values())}
        return sorted(self.problems, key=lambda problem: (at.get(problem.file, len(at)), problem.line or 0))

    def read_files(self, read: Read) -> bool:
        """The lowest layers. False if a file could not be read at all."""
        all_readable = True
        for name, path in self.files.items():
            layer, problems = read(path)
            self.problems += problems
            if layer is None:
                message = f"{NOTHING_DECLARED}; {BEGIN}" if name == INVENTORY else "every value is the default"
                self.warnings.append(Problem(str(path), None, "", f"there is no such file: {message}"))
                continue
            all_readable = all_readable and (bool(layer.data) or not problems)
            self._add(name, layer)
        return all_readable

    def add_environment(self, environ: Mapping[str, str], parse: Callable[[str], Any], quoted: Collection[str]) -> None:
        """The layer of `ADCE_*` variables."""
        in_environment = {name: MODELS[name] for name in ("autonomous_config", "reconciliation_config")}
        layers, problems = environment_layers(environ, in_environment, parse, quoted)
        self.problems += problems
        for variable, option in (("ADCE_LOG_LEVEL", "level"), ("ADCE_LOG_FORMAT", "format")):
            if text := environ.get(variable):
                origin = Origin(f"{ENVIRONMENT} {variable}", key=f"logging.{option}")
                layers["autonomous_config"].put(("logging", option), text, origin)
        for name, layer in layers.items():
            self._add(name, layer)

    def add_options(self, overrides: Overrides) -> None:
        """The layer of the command line."""
        layer = Layer()
        options = {"logging.level": overrides.log_level, "logging.format": overrides.log_format, **overrides.settings}
        for key, value in options.items():
            if value is not None:
                layer.put(tuple(key.split(".")), value, Origin(COMMAND_LINE, key=key))
        self._add("autonomous_config", layer)

    def _add(self, name: str, layer: Layer) -> None:
        if old := list(old_entries(name, layer.data)):
            self.old[name] = old
            self.problems.append(old_form(self.files[name], layer, old))
        self.problems += layer.modernise(MODELS[name])
        self.layers[name] = layer.over(self.layers[name])

    def validated(self, known: Known, *, cross: bool) -> Files:
        """All four models. What is wrong goes to `problems`; if there is any, the models are good for nothing else.

        `cross`: hold them against each other too.
        """
        retired = {name: drop_retired(name, layer) for name, layer in self.layers.items()}
        files = Files(
            self._model("autonomous_config", AutonomousConfig),
            self._model("scraper_config", ScraperConfig),
            self._model("reconciliation_config", ReconciliationConfig),
            self._model("data_inventory", InventoryConfig),
        )
        if cross:
            known = self._with_unread(known)
            self.problems += self.located(
                (name, path, message)
                for name, path, message in cross_problems(files, known)
                if not any(_is_below(old, [path]) for old in self.old.get(name, ()))
            )
            self.warnings += self.located(cross_warnings(files, known))
        coverage = self.layers[INVENTORY].origin(("expected_coverage",)) or Origin(str(self.files[INVENTORY]))
        if self.files[INVENTORY].exists() and not files.inventory.active():
            advice = "expected data types under 'expected_coverage' (`adce init FOLDER` writes an example)"
            self.warnings.append(coverage.problem(f"{NOTHING_DECLARED}; {advice}"))
        for name, warnings in retired.items():
            self.warnings += _few(warnings, self.files[name])
        return files

    def origins(self, files: Files) -> dict[str, str]:
        """Dotted key of every leaf, with its file in front -> who set it."""
        held = (files.service, files.scraping, files.reconciliation, files.inventory)
        return {
            ".".join((name, *path)): str(self.layers[name].origin(path) or DEFAULT)
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
                    old = self.old.get(name, ())
                    said = [(name, path, message) for path, message, _ in found if not _is_below(path, old)]
                    self.problems += self.located(said)
                    self.wrong[name] = [path for path, _, _ in found]
                # last items of lists first, so that the others keep their numbers
                for path, _, kind in sorted(found, key=lambda one: _numbered(one[0]), reverse=True):
                    data = _without(data, path[:-1] if kind == "missing" else path)
        return model()

    def located(self, findings: Iterable[tuple[str, KeyPath, str]]) -> Iterator[Problem]:
        for name, path, message in findings:
            layer = self.layers[name]
            origin = layer.nearest(path, str(self.files[name]))
            exact = layer.origin(path)
            yield origin.problem(message, exact.key if exact else ".".join(path))

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
        wrong = self.wrong.get("scraper_config", ())
        return Known(
            known.sources | {name.lower() for name in _section(scraping, "sources")},
            known.scrapers | _section(scraping, "scrapers").keys(),
            known.data_types | data_types,
            known.hosted,
            known.doubtful | {path[1] for path in wrong if path[0] == "sources" and len(path) > 1},
        )


def _is_below(path: KeyPath, sections: Iterable[KeyPath]) -> bool:
    """True if a (folded or written) path is in one of `sections`."""
    return any(fold(path[: len(section)]) == fold(section) for section in sections)


def _few(warnings: list[Problem], path: Path) -> list[Problem]:
    """A file of the system before this one has dozens of keys without effect: then one line says it of all."""
    if len(warnings) <= MOST_RETIRED:
        return warnings
    first = min(warnings, key=lambda problem: problem.line or 0)
    message = (
        f"old form: {first.key} and {len(warnings) - 1} other keys have no effect any more; {advice(path)} says why"
    )
    return [Problem(first.file, first.line, "", f"{message}, and writes a file without them")]


def _section(data: Any, key: str) -> dict[str, Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _numbered(path: KeyPath) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() else -1, part) for part in path]


def _without(data: Any, path: KeyPath) -> Any:
    """`data` without what is at `path`, or without the closest around it that is there."""
    if isinstance(data, list) and path and path[0].isdecimal():
        index = int(path[0])
        if index >= len(data):  # gone already
            return data
        below = _without(data[index], path[1:]) if len(path) > 1 else None
        return [*data[:index], *([below] if below else []), *data[index + 1 :]]
    if not isinstance(data, dict):
        return None
    key = next((k for k in data if path and k.lower() == path[0].lower()), None)
    if key is None:
        return {} if len(path) <= 1 else data
    below = _without(data[key], path[1:]) if len(path) > 1 else None
    return {k: v for k, v in data.items() if k != key} | ({key: below} if below else {})
