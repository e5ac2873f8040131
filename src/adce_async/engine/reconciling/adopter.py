"""Takes over a lake that others have filled: lists it once, says what it found, and remembers that it was.

What nobody vouches for is looked up once more, as far as the budget goes: an object that we wrote tells so itself,
wherever it was copied. Of what stays unknown only such times count as a copy's that can't be anything else
(`planning.copying`); the rest is as old as its times say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adce_async.engine.reconciling.recognition import FindOld, Recognition
from adce_async.engine.reconciling.reconciler import coverage_document
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.errors import Problem, StoreError
from adce_async.model.adoption import ADOPTION, Adoption, Budget, Copies
from adce_async.model.coverage import Coverage, StoredObject
from adce_async.model.days import iso
from adce_async.model.dimensions import Declared
from adce_async.planning.copying import Burst, bursts
from adce_async.planning.key_lookup import data_type_of_key
from adce_async.ports import Clock, ObjectStore, StateStore

PROBED = 100
"""Unknown objects that are looked up to see whether any tells that it is ours."""
AT_ONCE = 1000
MOST_SPANS = 1000
"""Spans of copies that are remembered, the largest first."""


@dataclass(slots=True)
class Beside:
    """Objects that nothing of the inventory expects; `what`: their data type, or the beginning of their keys."""

    what: str
    objects: int = 0
    bytes: int = 0

    def as_dict(self) -> dict[str, object]:
        """For `adopt --json`."""
        return {"prefix": self.what, "objects": self.objects, "bytes": self.bytes}


@dataclass(slots=True)
class Found:
    """What is in the lake. `known`: objects that our index vouches for, those among them that were `recognised`."""

    objects: int = 0
    bytes: int = 0
    known: int = 0
    recognised: int = 0
    coverage: list[Coverage] = field(default_factory=list)
    copies: list[Burst] = field(default_factory=list)
    unexpected: list[Beside] = field(default_factory=list)
    """Of a data type, but not named by any schedule, by data type."""
    foreign: list[Beside] = field(default_factory=list)
    """Of no data type, by the beginning of their keys."""
    unusable_names: int = 0
    """Names that can't be keys: they are left out."""
    list_operations: int = 0
    problems: list[Problem] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """For `adopt --json`."""
        total = Coverage.total(self.coverage)
        return {
            "objects": self.objects,
            "bytes": self.bytes,
            "known": self.known,
            "recognised": self.recognised,
            "expected": total.expected,
            "there": total.stored,
            "missing": total.missing,
            "stale": total.stale,
            "small": total.small,
            "invalid": total.invalid,
            "copied": {
                "objects": sum(one.objects for one in self.copies),
                "spans": [{"from": iso(one.first), "to": iso(one.last), "objects": one.objects} for one in self.copies],
            },
            "unexpected": [one.as_dict() for one in self.unexpected],
            "not_of_the_inventory": [one.as_dict() for one in self.foreign],
            "unusable_names": self.unusable_names,
            "list_operations": self.list_operations,
            "coverage": coverage_document(self.coverage),
            "problems": [str(problem) for problem in self.problems],
        }


class Adopter:
    """Looks at a whole lake, and takes it over."""

    def __init__(
        self,
        surveyor: Surveyor,
        declared: Sequence[Declared],
        store: ObjectStore,
        texts: StateStore,
        clock: Clock,
        index: FindOld | None = None,
    ) -> None:
        """`index`: size, sha-256 and origin of objects, by the index that the lake had before it was moved."""
        self._index = index
        self._surveyor = surveyor
        self._declared = declared
        self._store = store
        self._texts = texts
        self._clock = clock

    async def look(self, budget: Budget, *, keep: bool = False) -> Found:
        """One look at everything; changes nothing but what the store itself remembers. Raises StoreError, QueueError.

        `budget`: of which what one hour has is spent at most on what nobody vouches for. `keep`: what is recognised by
        an old index is stored with its origin again.
        """
        found = Found()
        await self._surveyor.recall()
        requests, unusable = self._store.list_requests, self._store.unusable_names
        stored = await self._list(found)
        found.list_operations = self._store.list_requests - requests
        found.unusable_names = self._store.unusable_names - unusable
        found.recognised = await self._recognise(stored, budget.requests)
        if self._index is not None:
            wanted = self._unknown(stored)
            found.recognised += await Recognition(self._store, self._index, budget, keep=keep).run(wanted, stored)
        found.objects = len(stored)
        await asyncio.to_thread(_count, found, stored.values())
        largest = sorted(found.copies, key=lambda one: -one.objects)[:MOST_SPANS]
        self._surveyor.copies = self._surveyor.copies.merged([(one.first, one.last) for one in largest])
        left = await self._compare(found, stored)
        await asyncio.to_thread(self._sort_out, found, left)
        return found

    async def adopt(self, found: Found, budget: Budget) -> Adoption:
        """Remember it. Raises QueueError."""
        copies: Copies = self._surveyor.copies
        adoption = Adoption(self._clock.now(), found.objects, found.known, copies, budget)
        await self._texts.set_text(ADOPTION, adoption.to_text())
        return adoption

    async def _list(self, found: Found) -> dict[str, StoredObject]:
        """Everything; or what the inventory is about, where something beside it can't be listed."""
        stored: dict[str, StoredObject] = {}
        try:
            async for batch in self._store.list():
                stored.update((each.key, each) for each in batch)
        except StoreError as error:
            stored = await self._surveyor.list_lake()
            found.problems.append(Problem("lake", None, "", f"only what the inventory is about was listed: {error}"))
        return stored

    async def _recognise(self, stored: dict[str, StoredObject], most: int) -> int:
        """Look up what nobody vouches for, where some of it turns out to be ours; what ages comes first."""
        wanted = self._unknown(stored)
        probe = wanted[:: max(1, len(wanted) // PROBED)][: min(PROBED, most)]
        if not probe or not any(each.verified for each in (await self._store.heads(probe)).values()):
            return 0
        count = 0
        for first in range(0, min(len(wanted), most), AT_ONCE):
            heads = await self._store.heads(wanted[first : min(first + AT_ONCE, most)])
            ours = {key: each for key, each in heads.items() if each.verified}
            stored.update(ours)
            count += len(ours)
        return count

    def _unknown(self, stored: Mapping[str, StoredObject]) -> list[str]:
        """Objects of the inventory for which nobody vouches, what ages first."""
        wanted = [key for key, each in stored.items() if not each.verified and key.startswith(self._prefixes())]
        ages = self._prefixes(ageing=True)
        return sorted(wanted, key=lambda key: not key.startswith(ages))

    def _prefixes(self, *, ageing: bool = False) -> tuple[str, ...]:
        types = (each.data_type for each in self._declared)
        return tuple({one.pattern.prefix for one in types if not ageing or one.freshness_seconds is not None})

    async def _compare(self, found: Found, stored: Mapping[str, StoredObject]) -> dict[str, StoredObject]:
        """Returns what nothing expects."""
        accepted, refused = await self._surveyor.judged(stored)
        now = self._clock.now()
        left = dict(stored)
        async for sight in self._surveyor.walk(stored, refused, now=now):
            findings = await asyncio.to_thread(self._surveyor.compare, sight, stored, accepted, now)
            found.coverage.append(findings.coverage)
            name, season = sight.declared.data_type.qualified, sight.season or ""
            found.problems += [Problem(name, None, season, line) for line in sight.refused.lines]
            for key in sight.expectations.keys:
                left.pop(key, None)
        return left

    def _sort_out(self, found: Found, left: Mapping[str, StoredObject]) -> None:
        unexpected: dict[str, Beside] = {}
        foreign: dict[str, Beside] = {}
        for key, each in left.items():
            made_by = data_type_of_key(self._declared, key)
            if made_by is not None:
                row = unexpected.setdefault(name := made_by[0].data_type.qualified, Beside(name))
            else:
                folder, slash, _ = key.partition("/")
                row = foreign.setdefault(name := folder + slash if slash else "(no folder)", Beside(name))
            row.objects += 1
            row.bytes += each.size
        found.unexpected, found.foreign = (
            sorted(rows.values(), key=lambda row: (-row.objects, row.what)) for rows in (unexpected, foreign)
        )


def _count(found: Found, stored: Iterable[StoredObject]) -> None:
    times = []
    for each in stored:
        found.bytes += each.size
        found.known += each.verified
        if not each.verified:
            times.append(each.modified)
    found.copies = bursts(times)
