"""The DIMS metrics file: `inventory/metrics.yaml`, flat, replaced whole."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import threading
from collections.abc import Mapping
from pathlib import Path

from adce_async.errors import AdceError

_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class DimsFile:
    """`ports.MetricsSink` over one YAML file; readers see the old figures or the new ones, never a part.

    One instance a file. `publish` raises AdceError, with the old file as it was.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()

    async def publish(self, metrics: Mapping[str, float | int | str]) -> None:
        """Replace the file."""
        text = "".join(f"{_name(name)}: {_scalar(value)}\n" for name, value in metrics.items())
        await asyncio.to_thread(self._write, text)

    def _write(self, text: str) -> None:
        temporary = self._path.with_name(self._path.name + ".new")
        with self._turn:  # the thread of a caller that was cancelled may still be at the same temporary file
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(self._path)
            except OSError as error:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise AdceError(f"{self._path}: the metrics can't be written ({error.strerror})") from error


def _name(name: str) -> str:
    plain = name.isascii() and name.isidentifier() and name.lower() not in _YAML_WORDS
    return name if plain else _scalar(name)


def _scalar(value: float | str) -> str:
    """`value` as YAML that a loader reads back as the same type.

    >>> _scalar(1e-07), _scalar(float("nan")), _scalar("2025-01-15")
    ('1.0e-07', '.nan', '"2025-01-15"')
    """
    if isinstance(value, str):
        # JSON's escapes are YAML's, but for characters beyond 16 bits
        return json.dumps(value, ensure_ascii=not value.isprintable())
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = json.dumps(value)
    # YAML 1.1 takes 1e-07 for a text: a float has to have a dot
    return text if "." in text else text.replace("e-", ".0e-").replace("e+", ".0e+")
