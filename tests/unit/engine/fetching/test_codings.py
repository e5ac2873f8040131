"""What is packed is unpacked whole, or refused."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest

from adce_async.engine.fetching.codings import CodingError, Unpacking

TEXT = b"".join(b"%d,%d\n" % (n, n * n) for n in range(9_000))


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def packed_br(data: bytes) -> bytes:
    return brotli.compress(data, quality=3)


def members(data: bytes) -> bytes:
    return gzip.compress(data[:1000]) + gzip.compress(b"") + gzip.compress(data[1000:])


PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZip", members),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", packed_br),
    ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data, 1), 1)),
    ("br, identity, gzip", lambda data: gzip.compress(packed_br(data))),
    ("identity", lambda data: data),
    ("", lambda data: data),
]


def unpacked(written: str, packed: bytes, step: int) -> bytes:
    unpacking, found = Unpacking(written), bytearray()
    for at in range(0, len(packed), step):
        for piece in unpacking.feed(packed[at : at + step]):
            assert piece
            found += piece
    unpacking.end()
    return bytes(found)


@pytest.mark.parametrize(("written", "pack"), PACKED)
def test_it_comes_whole_however_it_is_cut(written: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(TEXT)
    for step in (1_000, 4_097, 10_000_000):
        assert unpacked(written, packed, step) == TEXT
    assert unpacked(written, pack(b"short"), 1) == b"short"
    assert unpacked(written, b"", 1) == b""


@pytest.mark.parametrize(("written", "pack"), PACKED[:8])
def test_none_of_its_beginnings_is_taken_for_the_whole(written: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(TEXT)
    cuts = [1, 5, 12, len(packed) // 2, *range(len(packed) - 12, len(packed))]
    if pack is members:  # what ends between two members is whole, by itself
        cuts.remove(len(packed) // 2)
    for cut in cuts:
        with pytest.raises(CodingError, match=r"broke off in the middle of its (gzip|deflate|br)"):
            unpacked(written, packed[:cut], 3_000)


@pytest.mark.parametrize("written", ["gzip", "br"])
def test_what_was_flushed_and_never_ended_is_no_whole(written: str) -> None:
    if written == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = packer.compress(TEXT) + packer.flush(zlib.Z_SYNC_FLUSH)
    else:
        brotli_packer = brotli.Compressor(quality=3)
        packed = brotli_packer.process(TEXT) + brotli_packer.flush()
    with pytest.raises(CodingError, match="broke off in the middle"):
        unpacked(written, packed, 5_000)


@pytest.mark.parametrize(("written", "pack"), [*PACKED[:2], *PACKED[3:6]])
def test_what_comes_behind_the_end_is_refused(written: str, pack: Callable[[bytes], bytes]) -> None:
    for rest in (b"x", b"\0" * 100):
        with pytest.raises(CodingError, match=r"goes on behind (the end of its (gzip|deflate)|its end)"):
            unpacked(written, pack(TEXT) + rest, 10_000_000)


def test_what_is_something_else_is_refused() -> None:
    noise = random.Random(1).randbytes(500)
    for written in ("gzip", "deflate", "br"):
        with pytest.raises(CodingError, match=rf"is not {written}, which its content-encoding says"):
            unpacked(written, b"\xff" + noise, 100)
    broken = bytearray(gzip.compress(TEXT))
    broken[-6] ^= 1  # its checksum
    with pytest.raises(CodingError, match="is not gzip"):
        unpacked("gzip", bytes(broken), 1_000)


@pytest.mark.parametrize(
    ("written", "said"),
    [("zstd", "'zstd'"), ("compress, gzip", "'compress'"), ("x\x01y", r"'\?'"), ("gzip," * 5, "is packed 5 times")],
)
def test_what_is_not_known_is_refused(written: str, said: str) -> None:
    with pytest.raises(CodingError, match=said):
        Unpacking(written)


@pytest.mark.parametrize(("written", "pack"), [PACKED[0], PACKED[4], PACKED[5], PACKED[6]])
def test_a_bomb_goes_off_in_small_pieces(written: str, pack: Callable[[bytes], bytes]) -> None:
    sizes = [len(piece) for piece in Unpacking(written).feed(pack(b"\0" * 30_000_000))]
    assert (sum(sizes), max(sizes) <= 262_144 * 2) == (30_000_000, True)
