"""The index of a lake that was moved: what `objects.db` in its `.adce` folder says, for who takes over a copy of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from adce_async.adapters.sqlite import explain
from adce_async.errors import FixMeError
from adce_async.ports import Provenance

_COLUMNS = "key, size, sha256, url, fetched_at, scraper, scraper_version, content_type, status, etag, last_modified"


class OldIndex:
    """The rows of the database at `path`, which is only read; a context manager. Raises FixMeError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection

    def __enter__(self) -> Self:
        if not self._path.is_file():
            raise FixMeError(f"--index: {self._path}: there is no such file; expected the objects.db of the old lake")
        try:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise FixMeError(f"--index: {explain(self._path, error)}") from error
        self.find_all(())  # is it one at all?
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def find_all(self, keys: Sequence[str]) -> Mapping[str, tuple[int, str, Provenance]]:
        """Size, sha-256 and origin of those of `keys` that it knows."""
        sql = f"SELECT {_COLUMNS} FROM object WHERE key IN (SELECT value FROM json_each(?))"  # noqa: S608
        try:
            rows = self._connection.execute(sql, (json.dumps(list(keys)),)).fetchall()
        except sqlite3.Error as error:
            raise FixMeError(f"--index: {explain(self._path, error)}") from error
        return {key: (size, sha256, Provenance(*origin)) for key, size, sha256, *origin in rows}
