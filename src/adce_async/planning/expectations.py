"""Many expectations as one sequence that makes each of them only when it is looked at.

A pass over a lake that is nearly complete looks at few: it needs all keys, but fields and times only of the gaps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, overload, runtime_checkable

from adce_async.model.coverage import Expectation
from adce_async.planning.refusals import Refusals
from adce_async.planning.row_times import RowTimes
from adce_async.planning.sorted_keys import SortedKeys

if TYPE_CHECKING:
    import pyarrow as pa


Places = Callable[["pa.StringArray"], "pa.Int64Array"]
"""Keys -> where each of them is; null where it is not."""


@runtime_checkable
class MadeKeys(Protocol):
    """Keys that are made when they are looked at."""

    def find(self, key: str) -> int | None:
        """Where `key` is among them; None if it is not."""
        ...

    def places_of(self, keys: pa.StringArray) -> pa.Int64Array:
        """Where each of `keys` is among them; null where it is not."""
        ...


class Expectations(Sequence[Expectation]):
    """Keys, each once, and what makes the expectation of the n-th.

    >>> lazy = Expectations(["a", "b"], lambda n: Expectation("ab"[n], {}, None, 0.0, None))
    >>> len(lazy), lazy.keys[1], lazy[1].key, [each.key for each in lazy], lazy.find("b"), lazy.find("c")
    (2, 'b', 'b', ['a', 'b'], 1, None)
    """

    __slots__ = ("_make", "_places", "_times", "keys", "next_due", "refused", "same_times")

    def __init__(
        self,
        keys: Sequence[str],
        make: Callable[[int], Expectation],
        refused: Refusals | None = None,
        *,
        next_due: float = math.inf,
        same_times: bool = False,
        times: RowTimes | None = None,
    ) -> None:
        """`refused`: what can't be expected, and why.

        `next_due`: when there will be more of them, if nothing else changes. `same_times`: all are due, and close, at
        the same time. `times`: when; None: as the expectations say.
        """
        self.keys = keys
        self.refused = refused or Refusals()
        self.next_due = next_due
        self.same_times = same_times
        self._make = make
        self._places: dict[str, int] | None = None
        self._times = times

    @classmethod
    def of(cls, expectations: Iterable[Expectation]) -> Expectations:
        """Of what has been made already."""
        if isinstance(expectations, cls):
            return expectations
        made = list(expectations)
        return cls([each.key for each in made], made.__getitem__)

    def without(self, keys: set[str]) -> Expectations:
        """All but those."""
        if not keys or keys.isdisjoint(self.keys):
            return self
        kept = [n for n, key in enumerate(self.keys) if key not in keys]
        return Expectations(
            [self.keys[n] for n in kept],
            lambda n: self._make(kept[n]),
            self.refused,
            next_due=self.next_due,
            same_times=self.same_times,
        )

    def find(self, key: str) -> int | None:
        """Where `key` is among the keys; None if it is not expected. What that takes is made once."""
        if isinstance(self.keys, MadeKeys):
            return self.keys.find(key)
        if self._places is None:
            self._places = {each: n for n, each in enumerate(self.keys)}
        return self._places.get(key)

    def places(self) -> Places:
        """Finds many keys at once. Keep it for as long as that takes: what it needs is as large as the keys."""
        if isinstance(self.keys, MadeKeys):
            return self.keys.places_of
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory

        return SortedKeys(pa.array(self.keys, pa.string())).places_of

    def times(self) -> RowTimes:
        """When each of them is due, and closes. What that takes is made once."""
        if self._times is None:
            made = self[:1] if self.same_times else self
            both = [(one.due, one.closes) for one in made]
            self._times = RowTimes((due for due, _ in both), (closes for _, closes in both))
        return self._times

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> Expectation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Expectation]: ...
    def __getitem__(self, index: int | slice) -> Expectation | Sequence[Expectation]:
        if isinstance(index, slice):
            return [self._make(n) for n in range(*index.indices(len(self)))]
        return self._make(index)

    def __iter__(self) -> Iterator[Expectation]:
        return map(self._make, range(len(self)))
