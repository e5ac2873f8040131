"""Many expectations as one sequence that makes each of them only when it is looked at.

A pass over a lake that is nearly complete looks at few: it needs all keys, but fields and times only of the gaps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, overload, runtime_checkable

from adce_async.model.coverage import Expectation
from adce_async.planning.refusals import Refusals

if TYPE_CHECKING:
    import pyarrow as pa


@runtime_checkable
class KeyColumn(Protocol):
    """Keys that are made when they are looked at."""

    def find(self, key: str) -> int | None:
        """Where `key` is among them; None if it is not."""
        ...

    def column(self) -> pa.StringArray:
        """All of them as a column."""
        ...


class Expectations(Sequence[Expectation]):
    """Keys, each once, and what makes the expectation of the n-th.

    >>> lazy = Expectations(["a", "b"], lambda n: Expectation("ab"[n], {}, None, 0.0, None))
    >>> len(lazy), lazy.keys[1], lazy[1].key, [each.key for each in lazy], lazy.find("b"), lazy.find("c")
    (2, 'b', 'b', ['a', 'b'], 1, None)
    """

    __slots__ = ("_make", "_places", "keys", "next_due", "refused", "same_times")

    def __init__(
        self,
        keys: Sequence[str],
        make: Callable[[int], Expectation],
        refused: Refusals | None = None,
        *,
        next_due: float = math.inf,
        same_times: bool = False,
    ) -> None:
        """`refused`: what can't be expected, and why.

        `next_due`: when there will be more of them, if nothing else changes. `same_times`: all are due, and close, at
        the same time.
        """
        self.keys = keys
        self.refused = refused or Refusals()
        self.next_due = next_due
        self.same_times = same_times
        self._make = make
        self._places: dict[str, int] | None = None

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
        if isinstance(self.keys, KeyColumn):
            return self.keys.find(key)
        if self._places is None:
            self._places = {each: n for n, each in enumerate(self.keys)}
        return self._places.get(key)

    def column(self) -> pa.StringArray:
        """All keys as a column."""
        if isinstance(self.keys, KeyColumn):
            return self.keys.column()
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory

        return pa.array(self.keys, pa.string())

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
