"""Mutated configuration and queue files: each is taken or refused in words; `python -m tests.scenario.mutated N SEED [SHARE [FIRST]]`.

Never anything else than our own errors, and never a silently wrong value: what a file says plainly is what the settings
hold, and each task of a queue file is one that an entry names.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from tests.scenario.mutations import mutated_json, mutated_yaml

from adce_async.app import builtins
from adce_async.cli.common import catalog_of_readable
from adce_async.config.files.keys import leaves
from adce_async.config.reading.documents import read_layer
from adce_async.config.reading.load import load, load_readable
from adce_async.config.settings import MODELS, Overrides, Settings
from adce_async.engine.reconciling import gapfile
from adce_async.engine.reconciling.gapfile import BrokenGapFileError, GapFileReader
from adce_async.errors import ConfigError, Problem
from adce_async.model.coverage import Priority
from adce_async.model.task import Task
from adce_async.policies import engine_rules
from adce_async.scraping.registry import Builtins, Catalog, build

ROOT = Path(__file__).resolve().parents[2]
PREDECESSOR = ROOT.parent / "shared" / "predecessor_files"
DAY = dt.date(2025, 1, 15)
NOW = 1_737_000_000.0
SALVAGED = 0.1
"""Share of the refused sets of which what can be read is judged, too: it takes as long again."""
QUEUE = {
    "tasks": [
        {"id": "t1", "priority": "CRITICAL", "source": "espn", "data_type": "box_scores", "season": "2024-25",
         "game_ids": ["401705066", 401705067], "reason": "asked for", "estimated_time_minutes": 2.5},
        {"id": "t2", "priority": "low", "source": "espn", "data_type": "schedule", "season": "2024-25"},
        {"priority": "HIGH", "source": "espn", "data_type": "play_by_play", "keys": ["espn_play_by_play/401705066.json"],
         "kind": "stale", "force": True},
        {"source": "basketball_reference", "scraper": "basketball_reference_box_score", "season": "2024-25",
         "fields": [{"game_id": "202412150LAL"}]},
        {"priority": "MEDIUM", "source": "nba_api", "data_type": "box_score", "keys": [], "game_ids": ["0022400001"]},
    ],
    "total_tasks": 5, "generated_at": "2025-01-15T12:00:00Z",
}  # fmt: skip


@functools.cache
def known() -> Builtins:
    return builtins()


class WrongError(AssertionError):
    """What no mutation may lead to."""


def documents(predecessor: bool = False) -> dict[str, bytes]:
    """The four files as they are shipped, or those of the system before."""
    root = PREDECESSOR if predecessor else ROOT
    folders = {name: "inventory" if name == "data_inventory" else "config" for name in MODELS}
    return {name: (root / folder / f"{name}.yaml").read_bytes() for name, folder in folders.items()}


@functools.cache
def trimmed(body: bytes) -> bytes:
    """A document with the first two entries of what is declared only: read in a tenth of the time."""

    def cut(node: Any, depth: int) -> Any:
        if not isinstance(node, dict):
            return node
        most = 2 if depth >= 1 and len(node) > 12 else len(node)
        return {key: cut(value, depth + 1) for key, value in list(node.items())[:most]}

    document = yaml.load(body, yaml.CSafeLoader)
    few = cut(document, 0) if "expected_coverage" in document or "scrapers" in document else document
    return yaml.dump(few, Dumper=yaml.CSafeDumper, sort_keys=False).encode()


def settings_of(folder: Path, files: Mapping[str, bytes]) -> Settings:
    """As the commands read them."""
    for name, body in files.items():
        (folder / f"{name}.yaml").write_bytes(body)
    given = Overrides(config_dir=folder, inventory_dir=folder)
    return load(given, {}, builtin_scrapers=known().scrapers.keys(), builtin_sources=known().sources.keys())


def judge_configuration(folder: Path, files: Mapping[str, bytes]) -> str:
    """What comes of it: `taken` or `refused`. Raises WrongError."""
    try:
        settings = settings_of(folder, files)
        catalog = build(settings, known(), DAY)
        engine_rules(settings, catalog, DAY)
    except ConfigError as error:
        in_words(error.problems)
        return "refused"
    in_words(settings.warnings)
    for wrong in silently_wrong(folder, settings):
        raise WrongError(wrong)
    return "taken"


def judge_salvage(folder: Path) -> None:
    """What can be read of a set that is refused says where a service is, and what it would go by. Raises WrongError."""
    given = Overrides(config_dir=folder, inventory_dir=folder)
    names = {"builtin_scrapers": known().scrapers.keys(), "builtin_sources": known().sources.keys()}
    settings = load_readable(given, {}, **names)
    in_words(settings.left_out)
    catalog = catalog_of_readable(settings, known(), DAY)
    engine_rules(settings, catalog, DAY)
    if str(settings.paths.state_db) == ".":
        raise WrongError("no place for the state")


def in_words(problems: Iterator[Problem] | Any) -> None:
    """A problem is one line that a person can read."""
    for problem in problems:
        said = str(problem)
        if "\n" in said or "Traceback" in said or "pydantic" in said or not problem.message.strip():
            raise WrongError(f"no line for people: {said!r}")


def silently_wrong(folder: Path, settings: Settings) -> Iterator[str]:
    """Plain values (numbers, yes and no) that a file has and the settings hold otherwise."""
    for name, model in settings.models.items():
        layer, _ = read_layer(folder / f"{name}.yaml")
        written = dict(plain(layer.data)) if layer else {}
        held = dict(leaves(model))
        for path, value in written.items():
            if path in held and isinstance(held[path], bool | int | float) and held[path] != value:
                yield f"{name}.{'.'.join(path)}: the file says {value!r}, held is {held[path]!r}"


def plain(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The numbers and switches of a document with their keys."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from plain(value, (*path, str(key)))
    elif isinstance(data, bool | int | float):
        yield path, data


def judge_queue(catalog: Catalog, body: bytes) -> str:
    """What comes of a gaps.json. Raises WrongError."""
    try:
        document = gapfile.decode(body, "gaps.json")
    except BrokenGapFileError as error:
        if "\n" in str(error):
            raise WrongError(f"no line for people: {error!r}") from error
        return "refused"
    reader = GapFileReader(catalog.declared)
    found = reader.read(document, "gaps.json", NOW)
    in_words(found.problems)
    for number, entry in enumerate(document["tasks"]):
        alone = reader.read({"tasks": [entry]}, "gaps.json", NOW)
        if isinstance(entry, dict):
            for task in alone.tasks:
                judge_task(task, entry)
            asked = any(entry.get(name) for name in ("keys", "game_ids", "fields"))
            if asked and not (alone.tasks or alone.whole or alone.problems):
                raise WrongError(f"tasks[{number}] vanishes: {entry!r}")
        elif not alone.problems:
            raise WrongError(f"tasks[{number}] vanishes: {entry!r}")
    return "taken" if found.tasks or found.whole else "nothing of it"


def judge_task(task: Task, entry: Mapping[str, Any]) -> None:
    """A task is what its entry asks for."""
    said = json.dumps([entry.get(name) for name in ("keys", "game_ids", "fields", "season")], default=str)
    ids = [value for name, value in task.fields.items() if name == "game_id"]
    if task.key not in said and not any(value in said for value in ids):
        raise WrongError(f"{task.key}: nobody asked for it: {entry!r}")
    wanted = str(entry.get("priority", "MEDIUM")).upper()
    if task.priority is not Priority[wanted]:
        raise WrongError(f"{task.key}: {task.priority.name} instead of {wanted}")


def run(count: int, seed: int, queue_share: float = 0.5, first: int = 0) -> dict[str, Any]:
    """So many mutations; raises WrongError with the seed that repeats it."""
    came = Counter[str]()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shipped = documents()
        bases = [shipped, *([documents(predecessor=True)] if PREDECESSOR.is_dir() else [])]
        bases += [{name: trimmed(body) for name, body in base.items()} for base in bases for _ in range(8)]
        catalog = build(settings_of(folder, shipped), known(), DAY)
        for number in range(first, first + count):
            dice = random.Random(f"{seed} {number}")
            try:
                came[one(dice, folder, bases, catalog, queue_share)] += 1
            except BaseException as error:
                error.add_note(f"python -m tests.scenario.mutated 1 {seed} {queue_share} {number} repeats it")
                raise
    return {"count": count, "seconds": time.perf_counter() - began, **came}


def one(dice: random.Random, folder: Path, bases: list[dict[str, bytes]], catalog: Catalog, queue_share: float) -> str:
    """One mutation: of a configuration file, or of a queue file."""
    if dice.random() < queue_share:
        return "queue " + judge_queue(catalog, mutated_json(json.dumps(QUEUE).encode(), dice))
    base = dice.choice(bases)
    name = dice.choices(list(base), weights=[4, 1, 2, 1])[0]
    came = judge_configuration(folder, base | {name: mutated_yaml(base[name], dice)})
    if came == "refused" and dice.random() < SALVAGED:
        judge_salvage(folder)
    return f"configuration {came}"


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:4]), *map(int, sys.argv[4:5]))) + "\n"
    )
