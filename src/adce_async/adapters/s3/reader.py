"""A lake in S3 for whoever only looks: nothing is written there, and here only temporary copies."""

from __future__ import annotations

import itertools
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from adce_async.adapters.s3.lake import S3Lake
from adce_async.adapters.s3.object_rows import ObjectRows
from adce_async.errors import FixMeError, StoreError, StoreUnreachableError
from adce_async.model.aws import AwsSettings
from adce_async.ports import Clock, Provenance


class S3Reader(S3Lake):
    """`ports.ObjectStore` where what would write raises StoreError; takes no lock."""

    def __init__(self, url: str, settings: AwsSettings, folder: Path, *, clock: Clock | None = None) -> None:
        """`folder`: where the index of who writes lies, see `store.S3Store`."""
        super().__init__(url, settings, clock=clock)
        self._folder = folder
        self._temporary: Path | None = None
        self._number = itertools.count()

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
        """A path in a temporary folder, which vanishes with this store."""
        if self._temporary is None:
            made = tempfile.TemporaryDirectory(prefix="adce-lake-")
            self._stack.callback(made.cleanup)
            self._temporary = Path(made.name)
        return self._temporary / str(next(self._number))

    async def flush(self) -> None:
        """There is nothing to bring to disk."""

    async def probe(self) -> None:
        """Raises StoreError."""
        raise self._refusal()

    def _refusal(self) -> StoreError:
        return StoreError(f"{self._place}: is open for looking only")

    async def _open(self, stack: AsyncExitStack) -> None:
        self._rows = await stack.enter_async_context(ObjectRows(self._folder / "objects.db", self._clock, look=True))
        try:
            await self._see(self._bucket.client)
        except StoreUnreachableError:
            raise
        except StoreError as error:
            raise FixMeError(str(error)) from error
