"""What one set of settings has and the other has not, in the words of `config show`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adce_async.config.saying.show import rows
from adce_async.config.settings import Settings

_HEAD = 60
"""Characters of a value that are shown: a list of games has thousands."""
_AT_RESTART: Mapping[str, str] = {
    "paths.": "what is open stays open",
    "autonomous_config.health_check.enabled": "the server is there, or not, from the start",
    "autonomous_config.health_check.host": "the server listens where it began",
    "autonomous_config.health_check.port": "the server listens where it began",
    **{
        f"autonomous_config.health_check.{key}": "the server goes on as it began"
        for key in ("socket", "tls", "public", "read_token_file", "token_file")
    },
    "autonomous_config.logging.format": "lines of two forms in one log help nobody",
    "autonomous_config.cluster.": "the queue is open",
    **{
        f"reconciliation_config.s3.{key}": "the lake is open"
        for key in ("bucket", "endpoint_url", "region", "profile", "path_style", "lock")
    },
}
"""Beginnings of keys -> why a running service keeps what it has."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what it was; None: there is, or was, none. Secrets are masked."""

    path: str
    """Dotted, with the file in front."""
    before: Any
    after: Any

    @property
    def waits(self) -> str:
        """Why it takes a restart to have an effect; '' if it takes none."""
        return next((why for key, why in _AT_RESTART.items() if self.path.startswith(key)), "")

    def __str__(self) -> str:
        return f"{self.path}: {_short(self.before)} -> {_short(self.after)}"


def differences(before: Settings, after: Settings) -> Iterator[Difference]:
    """Each value of the four files and each path that differs, in their order; what is gone comes last."""
    old = {row.path: row.value for row in rows(before)}
    for row in rows(after):
        was = old.pop(row.path, None)
        if was != row.value:
            yield Difference(row.path, was, row.value)
    for path, value in old.items():
        if value is not None:
            yield Difference(path, value, None)


def _short(value: Any) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) <= _HEAD else f"{text[: _HEAD - 3]}..."
