"""A lake in a folder for whoever only looks: nothing is made there, nothing is written, nothing is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from adce_async.adapters.files import describe
from adce_async.adapters.folder_store import FolderStore
from adce_async.adapters.lake_index import LakeIndex
from adce_async.adapters.objects_db import ObjectsDb
from adce_async.errors import FixMeError, StoreError
from adce_async.model.coverage import StoredObject
from adce_async.ports import Provenance


class LakeReader(FolderStore):
    """`ports.ObjectStore` where what would write raises StoreError. `absent`: there is no such folder."""

    absent = False
    durable_put = False

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """See `FolderStore.list`; where there is no folder, nothing is stored."""
        if not self.absent:
            async for batch in super().list(prefix):
                yield batch

    def own_tag(self, key: str) -> str:
        """Nothing was stored here."""
        return ""

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Raises StoreError."""
        raise self._refusal()

    async def put_file(self, key: str, path: Path, provenance: Provenance) -> bool:
        """Raises StoreError."""
        raise self._refusal()

    async def renew(self, key: str, provenance: Provenance) -> bool:
        """Raises StoreError."""
        raise self._refusal()

    def scratch(self) -> Path:
        """Raises StoreError."""
        raise self._refusal()

    async def flush(self) -> None:
        """There is nothing to bring to disk."""

    async def probe(self) -> None:
        """Raises StoreError."""
        raise self._refusal()

    def _refusal(self) -> StoreError:
        return StoreError(f"{self._root}: is open for looking only")

    def _open(self) -> None:
        try:
            self.absent = not self._root.exists()
            if not (self.absent or self._root.is_dir()):
                raise FixMeError(f"{self._root}: is no folder; name another lake")
            db = ObjectsDb(self._own / "objects.db", self._clock, look=True)
        except OSError as error:
            raise FixMeError(describe(error.filename or self._root, "opening the lake", error)) from error
        self._index = LakeIndex(self._root, db, None, witness=self._root)
        self._opened = ExitStack()
        self._opened.callback(db.close)
        self._opened.callback(self._threads.shutdown)
