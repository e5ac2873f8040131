"""`Surveyor` for a lake that is dear to list: what it found is remembered, and only what has changed is done again.

A part is one data type and season, with the columns of `planning.comparison`. A pass does again: rows whose objects
have changed; parts for which the time has come (a day more is expected); parts whose parents name other items; parts
of which something was judged. All others are evaluated where the clock has made something stale, and else as they were.
What comes of it is what `Surveyor` finds when it looks at everything, at any time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adce_async.engine.events import DriftFound
from adce_async.engine.reconciling.stored_file import select
from adce_async.engine.reconciling.stored_index import Refreshed, StoredIndex
from adce_async.engine.reconciling.survey import Sight, Survey, Surveyor, beginning, problems
from adce_async.model.coverage import Findings, Gap, Item, Priority, StoredObject
from adce_async.model.days import eastern_day
from adce_async.model.dimensions import Declared
from adce_async.model.seasons import season_of_day
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.comparison import Comparison
from adce_async.planning.expand import expand
from adce_async.planning.listed_gaps import Rows, most_urgent
from adce_async.planning.plan import PlanRules
from adce_async.ports import Clock, ObjectStore, Verifications
from adce_async.scraping.base import Scraper

RELOOK_SECONDS = 600.0
"""How often it is looked whether objects of others have been found good meanwhile."""

Name = tuple[str, str | None]
"""(qualified data type, season)"""
Changed = Mapping[str, StoredObject | None]


@dataclass(slots=True)
class Part:
    """One data type and season, as it was compared last."""

    sight: Sight
    compared: Comparison
    beginning: str
    until: float
    """When more will be expected of it."""
    judged: dict[str, str] = field(default_factory=dict)
    """Key -> reason of what was judged to be wrong."""
    accepted: int = 0
    """A hash of which objects of others were found good."""
    looked_at: float = 0.0
    named: int = 0
    """A hash of what its objects name."""
    gaps: list[Gap] | None = None
    """Those of its rows; None: not made."""
    listed: Rows | None = None
    """Of which rows, where there are too many; None: of all."""

    def list(self, rows: Rows | None = None) -> None:
        """Make the gaps of all rows, or of these."""
        if self.compared.gap_count:
            self.gaps = self.compared.gaps(self.compared.gap_rows().to_pylist() if rows is None else rows)
        else:
            self.gaps = []
        self.listed = rows

    @property
    def findings(self) -> Findings:
        """Counts and gaps."""
        return Findings(self.compared.data_type, self.compared.coverage, self.gaps or [])


class IndexedSurveyor:
    """Looks at what the index knows, through the eyes of `whole`."""

    def __init__(
        self,
        whole: Surveyor,
        index: StoredIndex,
        store: ObjectStore,
        clock: Clock,
        declared: Sequence[Declared],
        scrapers: Mapping[str, Scraper],
        verifications: Verifications | None = None,
        *,
        rules: PlanRules,
    ) -> None:
        """`declared`: parents first. `rules`: which gaps are the most urgent ones."""
        self._whole = whole
        self._store = store
        self._copies = whole.copies
        self._expanding = 0.0
        self.index = index
        index.progressed = self._progressed
        self._clock = clock
        self._verifications = verifications
        self._of: object = None
        self.apply(declared, scrapers, rules)

    def apply(self, declared: Sequence[Declared], scrapers: Mapping[str, Scraper], rules: PlanRules) -> None:
        """Look for these from the next time on: at everything anew, where that may come to something else."""
        self._declared, self._scrapers = tuple(declared), scrapers
        self._rules = rules
        of = (self._declared, {name: (type(one), one.cache_tag("")) for name, one in scrapers.items()})
        if of == self._of:
            return
        self._of = of
        self._parents = {parent for each in declared for parent in each.parents}
        self._parts: dict[Name, Part] = {}
        self._by_beginning: dict[str, list[Part]] = {}
        self._refused: dict[str, tuple[str, str]] = {}

    async def look(self, recent: Callable[[], Mapping[str, StoredObject]] = dict) -> Survey:
        """One look. Raises StoreError if nothing is known of the lake, as `Surveyor.look`."""
        await self._whole.recall()
        time = asyncio.get_running_loop().time
        began, requests = time(), self._store.list_requests
        beginnings = {beginning(each, season) for each in self._declared for season in each.seasons_to_expand}
        refreshed = await self.index.refresh(self._whole.prefixes, sorted(beginnings - {""}))
        listed, requests = time(), self._store.list_requests - requests
        now = self._clock.now()
        try:
            await self._update(refreshed, now)
        except BaseException:
            self._parts.clear()  # half of it is done: the next look does all of it
            raise
        survey = await self._survey(refreshed, now)
        cycle = survey.cycle
        cycle.list_seconds, cycle.list_operations = listed - began, requests
        cycle.expand_seconds, cycle.diff_seconds = self._expanding, time() - listed - self._expanding
        cycle.drift = refreshed.drift.count
        return survey

    # -- what has to be done again -----------------------------------------------------------------------------------

    async def _update(self, refreshed: Refreshed, now: float) -> None:
        changed: Changed = refreshed.changed or {}
        self._expanding = 0.0
        if refreshed.changed is None or self._copies != self._whole.copies:
            self._parts.clear()
        self._copies = self._whole.copies
        again = await self._judged_anew()
        touched = self._touched(changed)
        items: dict[Name, list[Item]] = {}
        renamed: set[Name] = set()
        for name, keys in touched.items():
            if name in self._parts:
                self._enter(self._parts[name], {key: changed[key] for key in keys})
        for declared in self._declared:
            due = {
                season: self._is_due(declared, season, now, again, renamed)
                or await self._is_verified_anew((declared.data_type.qualified, season), now)
                for season in declared.seasons_to_expand
            }
            if any(due.values()) and self._is_chained(declared):
                due = dict.fromkeys(due, True)
            done: set[str] = set()
            for season in declared.seasons_to_expand:
                name = (declared.data_type.qualified, season)
                if due[season]:
                    await self._build(declared, season, now, items, done)
                part = self._parts[name]
                if due[season] or name in touched or self._is_unsure(part):
                    if self._is_listing(declared):
                        await self._read(name, items, renamed)
                    await asyncio.to_thread(part.compared.evaluate, now, self._whole.copies)
                    part.gaps = None
                elif now >= part.compared.until:
                    await asyncio.to_thread(part.compared.evaluate, now, self._whole.copies)
                    part.gaps = None
        self._by_beginning = {}
        for part in self._parts.values():
            self._by_beginning.setdefault(part.beginning, []).append(part)

    def _is_due(
        self, declared: Declared, season: str | None, now: float, again: Collection[str], renamed: Collection[Name]
    ) -> bool:
        """True if the part has to be made anew."""
        part = self._parts.get((declared.data_type.qualified, season))
        if part is None or now >= part.until:
            return True
        if any((parent, of) in renamed for parent in declared.parents for of in (season, None)):
            return True
        return any(key.startswith(part.beginning) and part.compared.expected.find(key) is not None for key in again)

    async def _is_verified_anew(self, name: Name, now: float) -> bool:
        """True if objects of others were found good since it was looked last."""
        part = self._parts[name]
        if self._verifications is None or not part.compared.unverified or now - part.looked_at < RELOOK_SECONDS:
            return False
        part.looked_at = now
        return _hash_of(await self._verifications.accepted(part.beginning)) != part.accepted

    @staticmethod
    def _is_chained(declared: Declared) -> bool:
        """True if several seasons can make the same key: what one takes, the others do not have."""
        return "season" not in declared.data_type.pattern.fields and len(declared.seasons_to_expand) > 1

    def _is_listing(self, declared: Declared) -> bool:
        return declared.data_type.qualified in self._parents or self._whole.has_cache(declared)

    @staticmethod
    def _is_unsure(part: Part) -> bool:
        """True if an object could not be read the last time: perhaps it can be now."""
        return len(part.sight.invalid) > len(part.judged)

    def _touched(self, changed: Changed) -> dict[Name, list[str]]:
        """The changed keys by part."""
        lengths = sorted({len(start) for start in self._by_beginning})
        found: dict[Name, list[str]] = {}
        for key in changed:
            for length in lengths:
                for part in self._by_beginning.get(key[:length], ()):
                    found.setdefault((part.compared.data_type.qualified, part.sight.season), []).append(key)
        return found

    def _enter(self, part: Part, changed: Changed) -> None:
        scraper = self._scrapers.get(part.compared.data_type.scraper)
        for key, found in changed.items():
            if not part.compared.put(key, found):
                continue
            part.judged.pop(key, None)
            if found is not None and not found.verified and part.accepted:
                part.accepted = -1  # it may be among them: they are looked at again
            tag, reason = self._refused.get(key, ("", ""))
            if found is not None and scraper is not None and tag and scraper.cache_tag(found.etag) == tag:
                part.judged[key] = reason
        part.sight.invalid = dict(part.judged)
        part.compared.invalid = part.sight.invalid

    async def _judged_anew(self) -> set[str]:
        """Keys of which something else is known to be wrong than in the pass before."""
        if self._verifications is None:
            return set()
        refused: dict[str, tuple[str, str]] = {}
        for prefix in self._whole.prefixes:
            refused.update(await self._verifications.refused(prefix))
        before, self._refused = self._refused, refused
        return {key for key in before.keys() | refused.keys() if before.get(key) != refused.get(key)}

    # -- doing it again ----------------------------------------------------------------------------------------------

    async def _build(
        self, declared: Declared, season: str | None, now: float, items: dict[Name, list[Item]], done: set[str]
    ) -> None:
        name = (declared.data_type.qualified, season)
        for parent in declared.parents:
            for of in (season, None):
                if (parent, of) in self._parts and (parent, of) not in items:
                    await self._read((parent, of), items, set())

        def items_of(parent: str, of: str | None) -> Sequence[Item]:
            return items.get((parent, of)) or items.get((parent, None)) or ()

        start, listing = beginning(declared, season), self._is_listing(declared)

        def work() -> Part:
            found = expand(declared, season, now=now, items_of=items_of)
            until = found.next_due
            expected = found
            if self._is_chained(declared):
                expected = found.without(done)
                done.update(found.keys)
            compared = Comparison(declared.data_type, season, expected, etags=listing)
            compared.take(self.index.batches(start, etags=listing))
            return Part(Sight(declared, season, expected, refused=found.refused), compared, start, until)

        time = asyncio.get_running_loop().time
        began = time()
        part = await asyncio.to_thread(work)
        self._expanding += time() - began
        self._progressed()
        await self._judge(part, now)
        self._parts[name] = part

    def _progressed(self) -> None:
        self._whole.steps += 1

    async def _judge(self, part: Part, now: float) -> None:
        """Enter what was judged of its objects, as long as they are still the same."""
        scraper = self._scrapers.get(part.compared.data_type.scraper)
        part.looked_at = now
        if scraper is None or self._verifications is None:
            return
        refused = {key: judged for key, judged in self._refused.items() if key.startswith(part.beginning)}
        accepted: Mapping[str, str] = {}
        if part.compared.unverified:
            accepted = await self._verifications.accepted(part.beginning)

        part.accepted = _hash_of(accepted)

        def work() -> None:
            for key, etag in _etags(self.index.batches(part.beginning), [*refused, *accepted]).items():
                tag = scraper.cache_tag(etag)
                if key in refused and refused[key][0] == tag:
                    part.judged[key] = refused[key][1]
                elif accepted.get(key) == tag:
                    part.compared.verify(key)

        if refused or accepted:
            await asyncio.to_thread(work)
        part.sight.invalid = dict(part.judged)
        part.compared.invalid = part.sight.invalid

    async def _read(self, name: Name, items: dict[Name, list[Item]], renamed: set[Name]) -> None:
        """What the objects of a part name; `renamed`, if that is something else than before."""
        part = self._parts[name]
        sight = part.sight
        sight.invalid, sight.unsettled, sight.never_final = dict(part.judged), {}, {}
        items[name] = await self._whole.items_of(sight, part.compared.objects())
        part.compared.invalid, part.compared.waiting = sight.invalid, sight.unsettled
        named = hash(tuple((item.state, item.scored, frozenset(item.fields.items())) for item in items[name]))
        if named != part.named:
            part.named = named
            renamed.add(name)

    # -- what it comes to --------------------------------------------------------------------------------------------

    async def _survey(self, refreshed: Refreshed, now: float) -> Survey:
        parts = [
            self._parts[each.data_type.qualified, season]
            for each in self._declared
            for season in each.seasons_to_expand
        ]
        unlisted, drift = await asyncio.to_thread(self._list_gaps, parts, now), refreshed.drift
        survey = Survey(
            [part.findings for part in parts],
            refreshed.listed,
            by=refreshed.by,
            drift=DriftFound(drift.appeared, drift.vanished, drift.changed, refreshed.by) if drift.count else None,
            unlisted=unlisted,
        )
        for part in parts:
            survey.problems += problems(part.sight)
            survey.never_final += part.sight.never_final.values()
        self._whole.name(survey.never_final)
        return survey

    def _list_gaps(self, parts: Sequence[Part], now: float) -> Counter[Priority]:
        """Make the gaps of all rows, or of the most urgent ones; returns how many are left out."""
        rules = replace(self._rules, current_season=season_of_day(eastern_day(now)))
        if sum(part.compared.gap_count for part in parts) <= self.index.rules.most_gaps:
            for part in parts:
                if part.gaps is None or part.listed is not None:
                    part.list()
            return Counter()
        chosen, left_out = most_urgent([part.compared for part in parts], rules, now, self.index.rules.most_gaps)
        for part, rows in zip(parts, chosen, strict=True):
            if part.gaps is None or part.listed != rows:
                part.list(rows)
        return left_out


def _hash_of(accepted: Mapping[str, str]) -> int:
    return hash(frozenset(accepted.items())) if accepted else 0


def _etags(batches: Iterable[StoredColumns], keys: Sequence[str]) -> dict[str, str]:
    """Of those of `keys` that are stored."""
    import pyarrow as pa  # noqa: PLC0415 - only who has columns has it in memory
    import pyarrow.compute as pc  # noqa: PLC0415

    wanted = pa.array(keys, pa.string())
    found: dict[str, str] = {}
    for columns in batches:
        mine = select(columns, pc.is_in(columns.keys, value_set=wanted))
        found.update(zip(mine.keys.to_pylist(), mine.etags.to_pylist(), strict=True))
    return found
