"""`ADCE_*` variables: `ADCE_HEALTH_CHECK__PORT=9090` sets `health_check.port`. Values are read as YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from adce_async.config.files.base import KeyPath, Model
from adce_async.config.files.keys import is_secret, model_in, step
from adce_async.config.files.retired import is_retired
from adce_async.config.reading.layers import ENVIRONMENT, Layer, Origin
from adce_async.config.reading.suggestions import nearest
from adce_async.config.reading.tidy import tidy
from adce_async.errors import Problem

PREFIX = "ADCE_"
RESERVED = (
    "ADCE_CONFIG_DIR",
    "ADCE_INVENTORY_DIR",
    "ADCE_STATE_DIR",
    "ADCE_LAKE",
    "ADCE_MIRROR",
    "ADCE_LOG_LEVEL",
    "ADCE_LOG_FORMAT",
)
"""Variables of the command line's global options."""
RESERVED_PREFIXES = ("ADCE_TOKEN", "ADCE_READ_TOKEN", "ADCE_DEMO")
"""Variables that others read."""


@dataclass(slots=True)
class Tidied:
    """The variables that are ours, as they were meant: those that are not empty."""

    values: dict[str, str] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    """Those that had quotes around them."""
    warnings: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def tidied(environ: Mapping[str, str]) -> Tidied:
    """What `environ` says to us; what was dropped of it or counts for nothing is said."""
    found = Tidied()
    for name, text in environ.items():
        seen = "".join(letter for letter in name if letter.isprintable()).strip()
        if not name.startswith(PREFIX):
            if seen.startswith(PREFIX):
                message = "has an invisible character in its name (a byte order mark?); expected it without"
                found.problems.append(Problem(ENVIRONMENT, None, seen, message))
            continue
        value, quoted = tidy(text)
        said = ""
        if not value:
            said = "is empty: counts as not set"
        elif quoted:
            said = "the quotes around it are dropped: env files take them for a part of the value"
        elif "\r" in text[len(text.rstrip()) :]:
            said = "the carriage return at its end is dropped: save the env file with Unix line ends"
        if said:
            found.warnings.append(Problem(f"{ENVIRONMENT} {name}", None, "", said))
        if value:
            found.values[name] = value
        if quoted:
            found.quoted.add(name)
    return found


def environment_layers(
    environ: Mapping[str, str],
    models: Mapping[str, type[Model]],
    parse: Callable[[str], Any],
    quoted: Collection[str] = (),
) -> tuple[dict[str, Layer], list[Problem]]:
    """A layer for each of `models` (by file, asked in this order), and what is wrong.

    `parse` reads one value; it raises ValueError. An empty variable counts as not set. `quoted`: had quotes around it,
    so that what is no number, flag, list or section was meant as text.
    """
    layers = {name: Layer() for name in models}
    problems: list[Problem] = []
    ours = [name for name, text in environ.items() if name.startswith(PREFIX) and text != ""]
    for name in sorted(ours, key=lambda n: (n.count("__"), n)):
        if name in RESERVED or name.startswith(RESERVED_PREFIXES):
            continue
        parts = tuple(part.lower() for part in name.removeprefix(PREFIX).split("__"))
        file = next((one for one, model in models.items() if _fits(model, parts) or is_retired(one, parts)), None)
        if file is None:
            problems.append(Problem(ENVIRONMENT, None, name, f"unknown variable{_meant(name, parts, models)}"))
            continue
        origin = Origin(f"{ENVIRONMENT} {name}", key=".".join(parts))
        try:
            value = parse(environ[name])
            if name in quoted and _is_text(models[file], parts, environ[name], value):
                value = environ[name]
        except ValueError as error:
            shown = "" if is_secret(origin.key) else f"got '{environ[name]}'; "
            problems.append(origin.problem(f"{shown}{error}"))
            continue
        if not layers[file].put(parts, environ[name] if value is None else value, origin):
            problems.append(origin.problem("another variable sets the section around it to a plain value"))
    return layers, problems


def _is_text(model: type[Model], parts: KeyPath, text: str, value: Any) -> bool:
    """True if what stood in quotes is a text: it looks like a section by chance, or its key takes texts only."""
    if isinstance(value, dict | list):
        return text[0] not in "{["
    annotation: Any = model
    for part in parts:
        annotation = step(annotation, part)
    kinds = {annotation, *get_args(annotation)}
    return str in kinds and not kinds & {int, float, bool}


def _fits(model: type[Model], parts: KeyPath) -> bool:
    return len(_known_part(model, parts)) == len(parts)


def _known_part(annotation: Any, parts: KeyPath) -> KeyPath:
    """As many of the first of `parts` as there is a key for; old names count."""
    if not parts:
        return ()
    model = model_in(annotation)
    for rule in model.renamed if model else ():
        old = tuple(rule.old.split("."))
        if parts[: len(old)] == old:
            target: Any = model
            for part in rule.new.split("."):
                target = step(target, part)
            return old + _known_part(target, parts[len(old) :])
    inner = step(annotation, parts[0])
    return (parts[0], *_known_part(inner, parts[1:])) if inner is not None else ()


def _meant(name: str, parts: KeyPath, models: Mapping[str, type[Model]]) -> str:
    best = max((_known_part(model, parts) for model in models.values()), key=len)
    names = list(RESERVED) if not best else []
    for model in models.values():
        section: Any = model
        for part in best:
            section = step(section, part)
        inner = model_in(section)
        for key in inner.key_types() if inner else ():
            names.append(PREFIX + "__".join((*best, key, *parts[len(best) + 1 :])).upper())
    near = nearest(name.removeprefix(PREFIX), (one.removeprefix(PREFIX) for one in names))
    return f"; did you mean {PREFIX}{near}?" if near else "; expected ADCE_ and a key of autonomous_config.yaml"
