"""A lake in a folder for whoever only looks: nothing is made there, nothing is written, nothing is left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from adce_async.adapters.files import describe
from adce_async.adapters.objects_db import ObjectsDb, Row
from adce_async.adapters.store_local import LocalStore
from adce_async.errors import FixMeError, StoreError
from adce_async.model.coverage import StoredObject
from adce_async.ports import Provenance


class LakeReader(LocalStore):
    """The half of `LocalStore` that reads; what would write raises StoreError. `absent`: there is no such folder."""

    absent = False

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Raises StoreError."""
        raise StoreError(f"{self._root}: is open for looking only")

    async def put_file(self, key: str, path: Path, provenance: Provenance) -> bool:
        """Raises StoreError."""
        raise StoreError(f"{self._root}: is open for looking only")

    async def flush(self) -> None:
        """There is nothing to bring to disk."""

    async def probe(self) -> None:
        """Raises StoreError."""
        raise StoreError(f"{self._root}: is open for looking only")

    def _open(self) -> None:
        try:
            self.absent = not self._root.exists()
            if not (self.absent or self._root.is_dir()):
                raise FixMeError(f"{self._root}: is no folder; name another lake")
            self._db = ObjectsDb(self._own / "objects.db", self._clock, look=True)
        except OSError as error:
            raise FixMeError(describe(error.filename or self._root, "opening the lake", error)) from error
        with contextlib.ExitStack() as opened:
            opened.callback(self._db.close)
            opened.callback(self._syncing.shutdown)
            opened.callback(self._threads.shutdown)
            self._opened = opened.pop_all()

    def _batches(self, prefix: str) -> Iterator[Sequence[StoredObject]]:
        return iter(()) if self.absent else super()._batches(prefix)

    def _remember(self, row: Row) -> None:
        """Whoever only looks keeps nothing, and looks again."""

    def _check_present(self) -> None:
        self._root.stat()
