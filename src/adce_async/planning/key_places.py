"""Where keys are in a product of lists, by columns: their values are read out of the keys and looked up in the lists.

No key of the product is made, and none of the keys that are looked for has to be in order, so that a report of
millions passes by in batches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from adce_async.planning.product_axis import Axis

if TYPE_CHECKING:
    import pyarrow as pa


class KeyPlaces:
    """`pieces`: texts and `{field}`s, by which a key is read in one way only; `axes`: the last one fastest."""

    def __init__(self, pieces: Sequence[str], axes: Sequence[Axis]) -> None:
        self._axes = axes
        self._pieces = pieces
        self._spans = _spans(pieces, axes)
        characters = {name: of for axis in axes for name, of in zip(axis.fields, axis.characters, strict=True)}
        self._names = [piece[1:-1] for piece in pieces if piece.startswith("{")]
        self._regex = "^"
        for number, piece in enumerate(pieces):
            if piece.startswith("{"):
                self._regex += f"(?P<at{number}>[{re.escape(''.join(sorted(characters[piece[1:-1]])))}]+)"
            else:
                self._regex += re.escape(piece)
        self._regex += "$"

    def of(self, keys: pa.StringArray) -> pa.Int64Array:
        """Where each of `keys` is; null where it is none of the product's."""
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory
        import pyarrow.compute as pc  # noqa: PLC0415

        values, fits = self._sliced(keys) if self._spans is not None else self._matched(keys)
        places: pa.Int64Array | None = None
        for axis in self._axes:
            mine = axis.places([values[name] for name in axis.fields])
            places = mine if places is None else pc.add(pc.multiply(places, len(axis)), mine)
        return pc.if_else(fits, places, pa.scalar(None, pa.int64()))

    def _sliced(self, keys: pa.StringArray) -> tuple[Mapping[str, pa.StringArray], pa.BooleanArray]:
        """By where each value has to be, as all of them are of the same length."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        assert self._spans is not None
        raw = keys.cast(pa.binary())
        fits = pc.equal(pc.binary_length(raw), self._spans[-1][1])
        values: dict[str, pa.StringArray] = {}
        for piece, (start, stop) in zip(self._pieces, self._spans, strict=True):
            part = pc.binary_slice(raw, start, stop)
            if not piece.startswith("{"):
                fits = pc.and_(fits, pc.equal(part, piece.encode()))
            elif (name := piece[1:-1]) in values:
                fits = pc.and_(fits, pc.equal(part, values[name]))
            else:
                values[name] = part
        # what is cut out of the middle of a character is no text, and none of the values either
        return {name: _texts(part, fits) for name, part in values.items()}, fits

    def _matched(self, keys: pa.StringArray) -> tuple[Mapping[str, pa.StringArray], pa.BooleanArray]:
        """By what they are made of."""
        import pyarrow.compute as pc  # noqa: PLC0415

        found = pc.extract_regex(keys, self._regex)
        fits = found.is_valid()
        values: dict[str, pa.StringArray] = {}
        for number, name in enumerate(self._names):
            part = pc.struct_field(found, number)
            if name in values:
                fits = pc.and_(fits, pc.fill_null(pc.equal(part, values[name]), False))
            else:
                values[name] = part
        return values, fits


def _texts(part: pa.BinaryArray, fits: pa.BooleanArray) -> pa.StringArray:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    return pc.if_else(fits, part, pa.scalar(b"", pa.binary())).cast(pa.string())


def _spans(pieces: Sequence[str], axes: Sequence[Axis]) -> list[tuple[int, int]] | None:
    """Where each piece is in every key, in bytes; None where values are of several lengths."""
    lengths = {name: both for axis in axes for name, both in zip(axis.fields, axis.lengths, strict=True)}
    spans, at = [], 0
    for piece in pieces:
        if piece.startswith("{"):
            least, most = lengths[piece[1:-1]]
            if least != most:
                return None
        else:
            most = len(piece.encode())
        spans.append((at, at + most))
        at += most
    return spans
