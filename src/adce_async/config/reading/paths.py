"""Where the lake, the state and the reports are: from the options, the environment and the files to paths and URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adce_async.config.reading.crosscheck import Files
from adce_async.config.reading.layers import COMMAND_LINE, ENVIRONMENT, Layer, Origin
from adce_async.config.reading.tidy import QUOTES
from adce_async.config.settings import CONFIG_DIR, DEFAULT, INVENTORY_DIR, Overrides, Paths
from adce_async.errors import Problem

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
LAKE_FORMS = "expected a folder, file:///folder or s3://bucket/prefix"
MIRROR_FORMS = "expected http://HOST[:PORT] or https://HOST[:PORT]"


def lake_url(text: str, here: Path | None = None) -> str:
    """Any written form of the lake as a URL; relative folders are below `here`, or the current one. Raises ValueError.

    >>> lake_url("s3://bucket/nba/", Path("/data")), lake_url("my lake", Path("/data"))
    ('s3://bucket/nba', 'file:///data/my%20lake')
    """
    if "://" not in text:
        if re.match(r"(?i)(file|s3|https?):", text):
            raise ValueError(f"got '{text}'; {LAKE_FORMS}")
        try:
            folder = Path(text).expanduser()
        except RuntimeError:
            raise ValueError(f"got '{text}'; this user has no home folder: expected a path without '~'") from None
        return _folder_url(folder if folder.is_absolute() else _current(text, here) / folder)
    scheme, _, rest = text.partition("://")
    if scheme.lower() == "file":
        if not rest.startswith("/"):
            raise ValueError(f"got '{text}'; expected three slashes, file:///folder")
        return _folder_url(Path(unquote(rest)))
    if scheme.lower() == "s3":
        bucket, _, prefix = rest.partition("/")
        prefix = prefix.strip("/")
        if not _BUCKET.fullmatch(bucket):
            rule = "3 to 63 small letters, digits, dots and hyphens"
            raise ValueError(f"got '{text}'; expected s3://bucket/prefix with the name of a bucket: {rule}")
        if any(part in ("", ".", "..") for part in prefix.split("/") if prefix):
            raise ValueError(f"got '{text}'; expected s3://bucket/prefix without empty parts, '.' and '..' in it")
        return f"s3://{bucket}/{prefix}" if prefix else f"s3://{bucket}"
    raise ValueError(f"got '{text}'; {LAKE_FORMS}")


def _current(text: str, here: Path | None) -> Path:
    try:
        return here or Path.cwd()
    except OSError:
        raise ValueError(f"got '{text}', but the current folder is gone; expected an absolute path") from None


def as_meant(text: str) -> str:
    """`text` of a path or an address, unless it must be a slip, which would make another folder. Raises ValueError."""
    shown = ascii(text)
    if not text.strip():
        raise ValueError(f"got {shown}, blanks only; expected a path or an address")
    if text[0] in QUOTES or text[-1] in QUOTES or text != text.strip():
        raise ValueError(f"got {shown}; expected it without quotes and blanks at its ends")
    plain = unquote(text) if "://" in text else text
    if any(not letter.isprintable() and not "\udc80" <= letter <= "\udcff" for letter in plain):
        raise ValueError(f"got {shown}; expected it without control and invisible characters")
    if re.search(r"\$\{|^\$|^%[a-zA-Z]/|^[‘’“”«»]|^[A-Za-z]:\\", plain):  # noqa: RUF001 - quotes of word processors
        raise ValueError(f"got {shown}; expected a path as it is: nothing in it is expanded")
    if re.search(r"\s#", plain):
        raise ValueError(f"got {shown}; expected it without a comment behind it")
    return text


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
        shown = text.partition("?")[0] + "?..." if "?" in text else text  # what is asked for may be a secret
        raise ValueError(f"got '{shown}'; {MIRROR_FORMS}")
    return text.rstrip("/")


Candidate = tuple[str | None, Origin | None]
"""(what is said, where): the first of several that says anything wins."""


@dataclass(slots=True)
class Resolver:
    """Finds everything that has a place on disk or an address; notes who set it, and what is wrong."""

    overrides: Overrides
    environ: Mapping[str, str]
    files: Files
    layers: Mapping[str, Layer]
    origins: dict[str, str] = field(default_factory=lambda: {f"paths.{name}": DEFAULT for name in Paths.__slots__})
    """`paths.lake` -> who set it."""
    problems: list[Problem] = field(default_factory=list)

    def paths(self) -> Paths:
        """All of them. Where something is wrong, the path is good for nothing."""
        gaps_file = self._first("gaps_file", [self._key("task_queue_file", self.files.service.task_queue_file)])
        config_dir, self.origins["paths.config_dir"] = self._folder("config")
        inventory_dir, self.origins["paths.inventory_dir"] = self._folder("inventory")
        state_dir = self._first("state_dir", [self._option("state-dir"), self._variable("ADCE_STATE_DIR")])
        folder = Path(state_dir) if state_dir else inventory_dir
        return Paths(
            config_dir=config_dir,
            inventory_dir=inventory_dir,
            state_dir=folder,
            state_db=self._database(folder, asked_for=bool(state_dir)),
            gaps_file=Path(gaps_file or inventory_dir / "gaps.json"),
            coverage_file=inventory_dir / "coverage.json",
            metrics_file=inventory_dir / "metrics.yaml",
            lake=self._lake(),
            mirror=self._first("mirror", [self._option("mirror"), self._variable("ADCE_MIRROR")], mirror_url),
        )

    def _folder(self, name: str) -> tuple[Path, str]:
        folder, origin = folder_of(self.overrides, self.environ, name)
        try:
            as_meant(str(folder))
        except ValueError as error:
            self.problems.append(origin.problem(str(error)))
        return folder, str(origin)

    def _database(self, folder: Path, *, asked_for: bool) -> Path:
        """A state folder that was asked for wins over the folder of `state_db`."""
        written = self._first("state_db", [self._key("state_db", self.files.service.state_db)])
        if not asked_for and written:
            return Path(written)
        if asked_for:
            self.origins["paths.state_db"] = self.origins["paths.state_dir"]
        return folder / Path(written or "adce.db").name

    def _lake(self) -> str:
        reconciliation, layer = self.files.reconciliation, self.layers["reconciliation_config"]
        bucket = reconciliation.s3.bucket
        candidates = [
            self._option("lake"),
            self._variable("ADCE_LAKE"),
            (reconciliation.lake, layer.origin(("lake",))),
            (bucket and f"s3://{bucket}", layer.origin(("s3", "bucket"))),
            ("lake", Origin(DEFAULT)),
        ]
        return self._first("lake", candidates, lake_url) or ""

    def _first(
        self, name: str, candidates: list[Candidate], convert: Callable[[str], str] = lambda text: text
    ) -> str | None:
        for text, origin in candidates:
            if origin and (text or (text is not None and origin.file == COMMAND_LINE)):
                self.origins[f"paths.{name}"] = str(origin)
                try:
                    return convert(as_meant(text))
                except ValueError as error:
                    self.problems.append(origin.problem(str(error)))
                    return None
        return None

    def _option(self, name: str) -> Candidate:
        value = getattr(self.overrides, name.replace("-", "_"))
        return (None if value is None else str(value)), Origin(COMMAND_LINE, key=f"--{name}")

    def _variable(self, name: str) -> Candidate:
        return self.environ.get(name), Origin(f"{ENVIRONMENT} {name}")

    def _key(self, name: str, written: str | None) -> Candidate:
        return written, self.layers["autonomous_config"].origin((name,))


def folder_of(overrides: Overrides, environ: Mapping[str, str], name: str) -> tuple[Path, Origin]:
    """The folder of the configuration or of the inventory, and who chose it: the option, the environment, nobody."""
    given, default = {
        "config": (overrides.config_dir, CONFIG_DIR),
        "inventory": (overrides.inventory_dir, INVENTORY_DIR),
    }[name]
    variable = f"ADCE_{name.upper()}_DIR"
    if given is not None:
        return given, Origin(COMMAND_LINE, key=f"--{name}-dir")
    if text := environ.get(variable):
        return Path(text), Origin(f"{ENVIRONMENT} {variable}")
    return default, Origin(DEFAULT)
