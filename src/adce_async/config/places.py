"""Where the lake, the state and the reports are: from the options, the environment and the files to paths and URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adce_async.config.crosscheck import Files
from adce_async.config.layers import COMMAND_LINE, ENVIRONMENT, Layer, Place
from adce_async.config.settings import CONFIG_DIR, DEFAULT, INVENTORY_DIR, Overrides, Paths
from adce_async.errors import Problem

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
LAKE_FORMS = "expected a folder, file:///folder or s3://bucket/prefix"
MIRROR_FORMS = "expected http://HOST[:PORT] or https://HOST[:PORT]"


def lake_url(text: str, here: Path) -> str:
    """Any written form of the lake as a URL; relative folders are below `here`. Raises ValueError.

    >>> lake_url("s3://bucket/nba/", Path("/data")), lake_url("my lake", Path("/data"))
    ('s3://bucket/nba', 'file:///data/my%20lake')
    """
    if "://" not in text:
        if re.match(r"(?i)(file|s3|https?):", text):
            raise ValueError(f"got '{text}'; {LAKE_FORMS}")
        return _folder_url(here / Path(text).expanduser())
    scheme, _, rest = text.partition("://")
    if scheme.lower() == "file":
        if not rest.startswith("/"):
            raise ValueError(f"got '{text}'; expected three slashes, file:///folder")
        return _folder_url(Path(unquote(rest)))
    if scheme.lower() == "s3":
        bucket, _, prefix = rest.partition("/")
        prefix = prefix.strip("/")
        if not _BUCKET.fullmatch(bucket) or any(part in ("", ".", "..") for part in prefix.split("/") if prefix):
            raise ValueError(f"got '{text}'; expected s3://bucket/prefix")
        return f"s3://{bucket}/{prefix}" if prefix else f"s3://{bucket}"
    raise ValueError(f"got '{text}'; {LAKE_FORMS}")


def _folder_url(folder: Path) -> str:
    return Path(os.path.normpath(folder)).as_uri()


def mirror_url(text: str) -> str:
    """The address of a mirror, checked. Raises ValueError.

    >>> mirror_url("http://127.0.0.1:9000/")
    'http://127.0.0.1:9000'
    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or re.search(r"\s", text):
        raise ValueError(f"got '{text}'; {MIRROR_FORMS}")
    return text.rstrip("/")


@dataclass(slots=True)
class Resolved:
    """All paths, who set each of them, and what is wrong with what was said."""

    paths: Paths
    origins: dict[str, str]
    """`paths.lake` -> who set it."""
    problems: list[Problem]


Candidate = tuple[str | None, Place | None]
"""(what is said, where): the first of several that says anything wins."""


def resolve(overrides: Overrides, environ: Mapping[str, str], files: Files, layers: Mapping[str, Layer]) -> Resolved:
    """Everything that has a place on disk or an address."""
    problems: list[Problem] = []
    here = Path.cwd()

    def variable(name: str) -> Candidate:
        return environ.get(name), Place(f"{ENVIRONMENT} {name}")

    def option(name: str, value: object, default: object = None) -> Candidate:
        return (None if value == default else str(value)), Place(COMMAND_LINE, key=f"--{name}")

    def key(file: str, dotted: str, value: str | None) -> Candidate:
        return value, layers[file].place(tuple(dotted.split(".")))

    def checked(convert: Callable[[str], str], candidates: list[Candidate]) -> tuple[str | None, Place]:
        text, place = _first(candidates)
        try:
            return (None if text is None else convert(text)), place
        except ValueError as error:
            problems.append(place.problem(str(error)))
            return None, place

    bucket = files.reconciliation.s3.bucket
    config_dir, config_place = folder_of(overrides, environ, "config")
    inventory_dir, inventory_place = folder_of(overrides, environ, "inventory")
    state_dir, state_place = _first([option("state-dir", overrides.state_dir), variable("ADCE_STATE_DIR")])
    state_db, database_place = _first([key("autonomous_config", "state_db", files.service.state_db)])
    gaps, gaps_place = _first([key("autonomous_config", "task_queue_file", files.service.task_queue_file)])
    lake, lake_place = checked(
        lambda text: lake_url(text, here),
        [
            option("lake", overrides.lake),
            variable("ADCE_LAKE"),
            key("reconciliation_config", "lake", files.reconciliation.lake),
            key("reconciliation_config", "s3.bucket", bucket and f"s3://{bucket}"),
            ("lake", Place(DEFAULT)),
        ],
    )
    mirror, mirror_place = checked(mirror_url, [option("mirror", overrides.mirror), variable("ADCE_MIRROR")])
    folder = Path(state_dir) if state_dir else inventory_dir
    database = Path(state_db) if state_db else folder / "adce.db"
    paths = Paths(
        config_dir=config_dir,
        inventory_dir=inventory_dir,
        state_dir=folder,
        state_db=folder / database.name if state_dir else database,
        gaps_file=Path(gaps) if gaps else inventory_dir / "gaps.json",
        coverage_file=inventory_dir / "coverage.json",
        metrics_file=inventory_dir / "metrics.yaml",
        lake=lake or "",
        mirror=mirror,
    )
    set_by = {
        "config_dir": config_place,
        "inventory_dir": inventory_place,
        "state_dir": state_place,
        "state_db": state_place if state_dir else database_place,
        "gaps_file": gaps_place,
        "lake": lake_place,
        "mirror": mirror_place,
    }
    origins = {f"paths.{name}": str(set_by.get(name, DEFAULT)) for name in Paths.__slots__}
    return Resolved(paths, origins, problems)


def folder_of(overrides: Overrides, environ: Mapping[str, str], name: str) -> tuple[Path, Place]:
    """The folder of the configuration or of the inventory, and who chose it: the option, the environment, nobody."""
    given, default = {
        "config": (overrides.config_dir, CONFIG_DIR),
        "inventory": (overrides.inventory_dir, INVENTORY_DIR),
    }[name]
    variable = f"ADCE_{name.upper()}_DIR"
    if given != default:
        return given, Place(COMMAND_LINE, key=f"--{name}-dir")
    if text := environ.get(variable):
        return Path(text), Place(f"{ENVIRONMENT} {variable}")
    return default, Place(DEFAULT)


def _first(candidates: list[Candidate]) -> tuple[str | None, Place]:
    return next(((text, place) for text, place in candidates if text and place), (None, Place(DEFAULT)))
