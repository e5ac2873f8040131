"""A body as its source packed it (`Content-Encoding`) and as it is, a bounded piece at a time.

Not left to aiohttp (3.13): it takes a gzip stream that ends in its middle for a whole one, and half a body is kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import aiohttp

ACCEPTED = "gzip, deflate, br"
"""What a source may choose from."""
PIECE_BYTES = 262_144
"""So much comes of one step at most: a few kilobytes may unpack to gigabytes."""
_MOST = 4
"""Codings upon each other; more is an attack."""
_GZIP, _RAW = 16 + zlib.MAX_WBITS, -zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


class CodingError(aiohttp.ClientPayloadError):
    """The body is not what its `Content-Encoding` says, or not all of it; `str()`: what is wrong, after 'the body'."""


class Coding(Protocol):
    """One coding, being undone."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes of the next bytes, a piece at a time. Raises CodingError."""
        ...

    def end(self) -> None:
        """There is no more. Raises CodingError if there should be."""
        ...


class _Zlib:
    """gzip, of one member or several, and deflate, with zlib's head and (against the standard) without."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._begun = False
        self._inner = zlib.decompressobj(_GZIP)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            self._begin(data)
            if piece := self._step(data):
                yield piece
            data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            if not data and len(piece) == PIECE_BYTES and not self._inner.eof:
                yield from self._rest()

    def _begin(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            if self._name == "deflate":
                self._inner = zlib.decompressobj(zlib.MAX_WBITS if data[0] & 0x0F == 8 else _RAW)
        elif self._inner.eof:
            if self._name != "gzip" or not _MAGIC.startswith(data[:2]):
                raise CodingError(f"goes on behind the end of its {self._name}")
            self._inner = zlib.decompressobj(_GZIP)

    def _rest(self) -> Iterator[bytes]:
        """What is ready and did not fit into a piece."""
        while piece := self._step(b""):
            yield piece

    def _step(self, data: bytes) -> bytes:
        try:
            return self._inner.decompress(data, PIECE_BYTES)
        except zlib.error:
            raise CodingError(f"is not {self._name}, which its content-encoding says") from None

    def end(self) -> None:
        if self._begun and not self._inner.eof:
            raise CodingError(f"broke off in the middle of its {self._name}")


class _Brotli:
    def __init__(self) -> None:
        import brotli  # noqa: PLC0415 - few sources speak it

        self._error = brotli.error
        self._inner = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        try:
            while piece := self._inner.process(data, output_buffer_limit=PIECE_BYTES):
                yield piece
                data = b""  # what is left of it, it keeps
        except self._error:
            raise CodingError("is not br, which its content-encoding says, or goes on behind its end") from None

    def end(self) -> None:
        if self._begun and not self._inner.is_finished():
            raise CodingError("broke off in the middle of its br")


class Unpacking:
    """All codings of a body, the last one undone first."""

    def __init__(self, written: str) -> None:
        """`written`: `Content-Encoding`, '' if there is none. Raises CodingError for one that is not known."""
        names = [name for each in written.lower().split(",") if (name := each.strip()) not in ("", "identity")]
        if len(names) > _MOST:
            raise CodingError(f"is packed {len(names)} times")
        self._codings = [_coding(name) for name in reversed(names)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes of the next bytes, a bounded piece at a time. Raises CodingError."""
        return self._from(0, data)

    def _from(self, nth: int, data: bytes) -> Iterator[bytes]:
        if nth == len(self._codings):
            yield data
            return
        for piece in self._codings[nth].feed(data):
            yield from self._from(nth + 1, piece)

    def end(self) -> None:
        """There is no more. Raises CodingError if there should be."""
        for coding in self._codings:
            coding.end()


def _coding(name: str) -> Coding:
    if name in ("gzip", "x-gzip", "deflate"):
        return _Zlib(name.removeprefix("x-"))
    if name == "br":
        return _Brotli()
    known = name if name.isascii() and name.isalnum() and len(name) <= 20 else "?"
    raise CodingError(f"has the content-encoding '{known}', which nobody asked for and nobody here can undo")
