"""Where the lake, the state and the reports are: from the options, the environment and the files to paths and URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
LAKE_FORMS = "expected a folder, file:///folder or s3://bucket/prefix"
MIRROR_FORMS = "expected http://HOST[:PORT] or https://HOST[:PORT]"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where everything is. Relative paths are relative to the current directory."""

    config_dir: Path
    inventory_dir: Path
    state_dir: Path
    state_db: Path
    """Queue and history."""
    gaps_file: Path
    coverage_file: Path
    metrics_file: Path
    lake: str
    """Always a URL without a slash at its end: `file:///absolute/folder` (percent-encoded) or `s3://bucket/prefix`."""
    mirror: str | None
    """`http://host:port` without a slash at its end."""


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


def first_set(*given: str | None) -> str | None:
    """The first that is set; the empty text is not."""
    return next((one for one in given if one), None)


def state_paths(
    inventory_dir: Path, state_dir: Path | None, task_queue_file: str | None, state_db: str | None
) -> Mapping[str, Path]:
    """Paths of state and reports. A state folder that was asked for wins over the folder of `state_db`."""
    folder = state_dir or inventory_dir
    database = Path(state_db) if state_db else folder / "adce.db"
    return {
        "state_dir": folder,
        "state_db": folder / database.name if state_dir else database,
        "gaps_file": Path(task_queue_file) if task_queue_file else inventory_dir / "gaps.json",
        "coverage_file": inventory_dir / "coverage.json",
        "metrics_file": inventory_dir / "metrics.yaml",
    }
