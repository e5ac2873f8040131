"""How complete the lake is about, from a sample of what should be there: asks the store for the sampled keys only.

What derives from stored objects (the games of a schedule) is taken from what is remembered of these; only those of
which nothing is remembered are looked up all, and read, since nothing can be expected without them. Estimates make no
gaps and no tasks: nobody plans by them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from random import Random

from adce_async.engine.reconciling.survey import Sight, Surveyor
from adce_async.errors import Problem
from adce_async.model.coverage import COUNTS, Coverage, StoredObject
from adce_async.planning.estimate import Estimate, Stratum, estimate
from adce_async.planning.expectations import Expectations
from adce_async.ports import Clock, DiscoveryCache, ObjectStore
from adce_async.scraping.base import Scraper

CONFIDENCE = 0.95
EXACT_UP_TO = 1000
"""Expected keys of all: fewer are all looked at, so that nothing has to be estimated."""
AT_ONCE = 1000
"""Keys that the store is asked for in one call."""
_COUNTED = (*COUNTS[1:], "gaps")


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One source, data type and season: `found` counts the sampled keys only, `size` all that are expected."""

    size: int
    found: Coverage

    def stratum(self, name: str) -> Stratum:
        """How many of the sampled keys have `name` (a count of the coverage, or `gaps`)."""
        return Stratum(self.size, self.found.expected, int(getattr(self.found, name)))

    def as_dict(self) -> dict[str, object]:
        """The row of `coverage --sample --json`."""
        found = self.found
        return {
            "source": found.source,
            "data_type": found.data_type,
            "season": found.season,
            "required": found.required,
            **figures([self]),
        }


@dataclass(slots=True)
class Sample:
    """What a look at a share of the expected keys came to. `asked`: keys that the store was asked for."""

    share: float
    seed: int
    rows: list[SampleRow] = field(default_factory=list)
    asked: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """True if all were looked at."""
        return all(row.found.expected == row.size for row in self.rows)

    def as_dict(self) -> dict[str, object]:
        """`coverage --sample --json`."""
        return {
            "sample": self.share,
            "seed": self.seed,
            "exact": self.exact,
            "keys_asked": self.asked,
            "rows": [row.as_dict() for row in self.rows],
            "totals": figures(self.rows),
            "problems": [str(problem) for problem in self.problems],
        }


def figures(rows: Sequence[SampleRow]) -> dict[str, object]:
    """Size, sample, and estimates over `rows` with their bounds; shares in per cent, None if nothing is expected."""
    size, sampled = sum(row.size for row in rows), sum(row.found.expected for row in rows)
    counts = {name: estimate([row.stratum(name) for row in rows], CONFIDENCE) for name in _COUNTED}
    gaps = counts["gaps"]
    good = Estimate(size - gaps.value, size - gaps.high, size - gaps.low)
    return {
        "expected": size,
        "sampled": sampled,
        "exact": sampled == size,
        "estimate": {
            "confidence": CONFIDENCE,
            "completeness_pct": _per_cent(good, size),
            "stored_pct": _per_cent(counts["stored"], size),
            **{name: _as_dict(one) for name, one in counts.items()},
        },
    }


def _as_dict(one: Estimate) -> dict[str, float]:
    return {"value": round(one.value, 1), "low": one.low, "high": one.high}


def _per_cent(one: Estimate, size: int) -> dict[str, float] | None:
    if not size:
        return None
    return {
        "value": round(100.0 * one.value / size, 2),
        "low": round(100.0 * one.low / size, 2),
        "high": round(100.0 * one.high / size, 2),
    }


class Sampler:
    """Looks at a share of what is expected; changes nothing but the discovery cache."""

    def __init__(
        self,
        surveyor: Surveyor,
        scrapers: Mapping[str, Scraper],
        store: ObjectStore,
        discoveries: DiscoveryCache,
        clock: Clock,
    ) -> None:
        self._surveyor = surveyor
        self._scrapers = scrapers
        self._store = store
        self._discoveries = discoveries
        self._clock = clock
        self._listed = False
        self._asked: set[str] = set()
        self._there: dict[str, StoredObject] = {}
        """Those of `_asked` that are there."""
        self._seen: dict[str, StoredObject] = {}
        """These, and what is remembered of others."""
        self._refused: Mapping[str, tuple[str, str]] = {}

    async def run(self, share: float, seed: int) -> Sample:
        """Look at `share` (0 to 1) of the keys of each data type and season; the same ones for the same `seed`.

        All of them are listed instead, which is exact, too. Raises StoreError or QueueError.
        """
        sample = Sample(share, seed)
        if share >= 1.0:
            await self._look(sample, 1.0, listed=await self._surveyor.list_lake())
        elif not await self._look(sample, share, most=EXACT_UP_TO):
            await self._look(sample, 1.0)
        return sample

    async def _look(
        self, sample: Sample, share: float, *, most: int | None = None, listed: dict[str, StoredObject] | None = None
    ) -> bool:
        """False, and nothing was compared, if no more than `most` are expected. `listed`: all that is there."""
        self._asked = set()
        self._there, self._seen = ({}, {}) if listed is None else (listed, listed)
        self._listed = listed is not None
        await self._surveyor.recall()
        self._refused = (await self._surveyor.judged({}))[1]
        seed = sample.seed
        now = self._clock.now()

        async def look_up(sight: Sight) -> None:
            await self._look_up(sight, _chosen(sight, share, seed))

        walk = self._surveyor.walk(self._seen, self._refused, now=now, look_up=look_up)
        sights = [sight async for sight in walk]
        if most is not None and sum(len(sight.expectations) for sight in sights) <= most:
            return False
        chosen = [_chosen(sight, share, seed) for sight in sights]
        for sight, places in zip(sights, chosen, strict=True):
            await self._ask([sight.expectations.keys[place] for place in places])
        accepted, _ = await self._surveyor.judged(self._there)
        for sight, places in zip(sights, chosen, strict=True):
            sight.invalid.update(self._surveyor.fitting(sight.declared, self._there, self._refused))
            whole, sight.expectations = len(sight.expectations), _part(sight.expectations, places)
            found = self._surveyor.compare(sight, self._there, accepted, now)
            sample.rows.append(SampleRow(whole, found.coverage))
            name, season = sight.declared.data_type.qualified, sight.season or ""
            sample.problems += [Problem(name, None, season, line) for line in sight.refused.lines]
        sample.asked = len(self._asked)
        return True

    async def _look_up(self, sight: Sight, places: Collection[int]) -> None:
        """Of a data type that names items: the sampled keys, and those of which nothing is remembered."""
        if self._listed:
            sight.invalid.update(self._surveyor.fitting(sight.declared, self._there, self._refused))
            return
        scraper = self._scrapers[sight.declared.data_type.scraper]
        known = await self._discoveries.load(sight.declared.data_type.pattern.prefix)
        keys = sight.expectations.keys
        await self._ask([keys[place] for place in places])
        unknown = []
        for key in keys:
            if key in self._asked:
                continue
            tag, _ = known.get(key, ("", None))
            etag = scraper.etag_of(tag)
            if etag is None:
                unknown.append(key)
            else:
                self._seen[key] = StoredObject(key, 0, etag, 0.0)
        await self._ask(unknown)
        sight.invalid.update(self._surveyor.fitting(sight.declared, self._there, self._refused))

    async def _ask(self, keys: Sequence[str]) -> None:
        if self._listed:
            return
        fresh = [key for key in keys if key not in self._asked]
        for first in range(0, len(fresh), AT_ONCE):
            some = fresh[first : first + AT_ONCE]
            found = await self._store.heads(some)
            self._asked.update(some)
            self._there.update(found)
            self._seen.update(found)


def _chosen(sight: Sight, share: float, seed: int) -> Sequence[int]:
    """Places of the sampled keys, in order; the same whatever else is declared. One at least, of what there is."""
    size = len(sight.expectations)
    if share >= 1.0 or not size:
        return range(size)
    chance = Random(f"{seed}/{sight.declared.data_type.qualified}/{sight.season}")  # noqa: S311 - a sample, no secret
    return sorted(chance.sample(range(size), min(size, max(1, ceil(size * share)))))


def _part(of: Expectations, places: Sequence[int]) -> Expectations:
    return Expectations([of.keys[place] for place in places], lambda n: of[places[n]], of.refused)
