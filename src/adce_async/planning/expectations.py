"""Many expectations as one sequence that makes each of them only when it is looked at.

A pass over a lake that is nearly complete looks at few: it needs all keys, but fields and times only of the gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from adce_async.model.coverage import Expectation
from adce_async.planning.refusals import Refusals


class Expectations(Sequence[Expectation]):
    """Keys, each once, and what makes the expectation of the n-th.

    >>> lazy = Expectations(["a", "b"], lambda n: Expectation("ab"[n], {}, None, 0.0, None))
    >>> len(lazy), lazy.keys[1], lazy[1].key, [each.key for each in lazy]
    (2, 'b', 'b', ['a', 'b'])
    """

    __slots__ = ("_make", "keys", "refused")

    def __init__(
        self, keys: Sequence[str], make: Callable[[int], Expectation], refused: Refusals | None = None
    ) -> None:
        """`refused`: what can't be expected, and why."""
        self.keys = keys
        self.refused = refused or Refusals()
        self._make = make

    @classmethod
    def of(cls, expectations: Iterable[Expectation]) -> Expectations:
        """Of what has been made already."""
        if isinstance(expectations, cls):
            return expectations
        made = list(expectations)
        return cls([each.key for each in made], made.__getitem__)

    def without(self, keys: set[str]) -> Expectations:
        """All but those."""
        if keys.isdisjoint(self.keys):
            return self
        kept = [n for n, key in enumerate(self.keys) if key not in keys]
        return Expectations([self.keys[n] for n in kept], lambda n: self._make(kept[n]))

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
