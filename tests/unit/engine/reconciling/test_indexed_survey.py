"""What is remembered comes to what a look at everything comes to, whatever has happened in between."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from adce_async.engine.events import DriftFound
from adce_async.engine.reconciling import indexed_survey as module
from adce_async.engine.reconciling.indexed_survey import IndexedSurveyor
from adce_async.engine.reconciling.stored_index import IndexRules, StoredIndex
from adce_async.engine.reconciling.survey import Survey, Surveyor
from adce_async.errors import RefusedError, StoreError
from adce_async.model.coverage import DataType, Discovery, Item, ItemState
from adce_async.model.days import DAY
from adce_async.model.dimensions import Calendar, CalendarDimension, Declared, DerivedDimension, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.stored_change import StoredChange
from adce_async.planning.expand import expand
from adce_async.planning.plan import PlanRules
from adce_async.ports import Judgement, Provenance
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications

PLAN = PlanRules("2024-25")
SEASONS = ("2023-24", "2024-25")
GAMES = DerivedDimension("game_id", "ant.days", "game_id", "final")


class Days(Scraper):
    """`{"7": "final", ...}`: the games of a day."""

    def __init__(self) -> None:
        super().__init__("ant_days", "ant")
        self.parsed = 0

    def check(self, page: Page, want: Want) -> None:
        if not isinstance(page.json(), dict):
            raise RefusedError("no games in it")

    def discover(self, page: Page, want: Want) -> Discovery | None:
        self.parsed += 1
        return Discovery(
            tuple(
                Item({"game_id": name, "date": want.fields["date"]}, ItemState(state))
                for name, state in page.json().items()
            )
        )


class Anything(Scraper):
    def check(self, page: Page, want: Want) -> None:
        """Anything goes."""


def data_type(name: str, pattern: str, scraper: str = "ant_any", **rules: float) -> DataType:
    return DataType("ant", name, scraper, PathPattern(pattern), **rules)  # type: ignore[arg-type]


DECLARED = (
    Declared(
        data_type("days", "days/{season}/{date}.json", "ant_days", freshness_seconds=DAY),
        SEASONS,
        (CalendarDimension("date", Calendar.SEASON_DAYS),),
    ),
    Declared(data_type("box", "box/{season}/{game_id}.json", min_bytes=3, recollect_seconds=DAY), SEASONS, (GAMES,)),
    Declared(data_type("plays", "plays/{game_id}.json", freshness_seconds=3 * DAY), SEASONS, (GAMES,)),
    Declared(
        data_type("table", "table/{season}/{team}.json", freshness_seconds=DAY / 2),
        SEASONS,
        (ListDimension("team", ("BOS", "NYK")),),
    ),
    Declared(data_type("page", "page/{id}.html"), (), (ListDimension("id", ("1", "2", "3")),)),
)
TEAMS = [f"table/{season}/{team}.json" for season in SEASONS for team in ("BOS", "NYK")]
PAGES = [f"page/{n}.html" for n in (1, 2, 3, 4)]
BOXES = [f"{start}{n}.json" for n in range(1, 6) for start in ("box/2024-25/", "plays/", "box/2023-24/")]
DATES = ("2024-11-20", "2024-11-27", "2024-11-28", "2024-11-29", "2023-11-01")


def listing_key(date: str) -> str:
    return f"days/{'2023-24' if date < '2024-07' else '2024-25'}/{date}.json"


class Lake:
    """A lake with an index of it, and who looks at it."""

    def __init__(self, folder: Path | None, **rules: float) -> None:
        self.clock = FakeClock("2024-11-28T12:00:00Z")
        self.store = MemoryStore()
        self.discoveries = MemoryDiscoveries()
        self.judged = MemoryVerifications()
        self.days = Days()
        self.scrapers: Mapping[str, Scraper] = {"ant_days": self.days, "ant_any": Anything("ant_any", "ant")}
        self.declared = DECLARED
        self.folder = folder
        self.rules = IndexRules(**{"full_every": 1e9, **rules})
        self.open()

    def open(self) -> None:
        """As a new process does."""
        self.index = StoredIndex(self.store, self.clock, self.folder, rules=self.rules)
        self.eyes = IndexedSurveyor(
            self.whole(), self.index, self.store, self.clock, self.declared, self.scrapers, self.judged, rules=PLAN
        )

    def whole(self) -> Surveyor:
        return Surveyor(self.declared, self.scrapers, self.store, self.discoveries, self.clock, self.judged)

    async def theirs(self, key: str, body: bytes | None) -> None:
        """Somebody else stores (None: removes) something, and it is told."""
        now = self.clock.now()
        if body is None:
            self.store.delete(key)
            self.index.apply_changes([StoredChange(key, removed=True, at=now)])
            return
        self.store.seed(key, body + b" ", modified=now)  # never just what we have stored: that is an echo of our own
        found = await self.store.head(key)
        assert found is not None
        self.index.apply_changes([StoredChange(key, False, found.size, found.etag, now)])

    async def ours(self, key: str, body: bytes) -> None:
        await self.store.put(key, body, Provenance("https://ant.test", self.clock.now(), "ant_any", "1"))
        found = await self.store.head(key)
        assert found is not None
        self.index.put(found, self.clock.now())

    async def judge(self, key: str, reason: str) -> None:
        found = await self.store.head(key)
        if found is not None:
            scraper = self.days if key.startswith("days/") else self.scrapers["ant_any"]
            await self.judged.save({key: Judgement(scraper.cache_tag(found.etag), reason)})


def shown(survey: Survey) -> object:
    return (
        [found.coverage for found in survey.findings],
        [(gap.expectation, gap.kind, gap.reason, gap.ask_from) for found in survey.findings for gap in found.gaps],
        survey.never_final,
        survey.problems,
        survey.gaps,
    )


def a_day(chance: random.Random) -> bytes:
    states = ("final", "live", "postponed", "scheduled")
    games = {str(n): chance.choice(states) for n in range(1, 6) if chance.random() < 0.4}
    return json.dumps(games).encode() if chance.random() < 0.9 else b"[]"


async def a_step(lake: Lake, chance: random.Random) -> None:
    what = chance.randrange(9)
    keys = [*TEAMS, *PAGES, *BOXES]
    if what <= 1:
        await lake.theirs(chance.choice(keys), chance.choice([b"{}", b"{ }", b"{    }"]))
    elif what == 2:
        await lake.theirs(chance.choice([*keys, *map(listing_key, DATES)]), None)
    elif what == 3:
        await lake.ours(chance.choice(keys), chance.choice([b"{}", b"{ }", b"{    }"]))
    elif what in (4, 5):
        put = chance.choice([lake.ours, lake.theirs])
        await put(listing_key(chance.choice(DATES)), a_day(chance))
    elif what == 6:
        lake.clock.jump(chance.choice([60.0, 0.4 * DAY, DAY, 3.1 * DAY, 8 * DAY]))
    elif what == 7:
        await lake.judge(chance.choice([*keys, *map(listing_key, DATES)]), chance.choice(["", "wrong"]))
    else:
        lake.declared = chance.choice([DECLARED, DECLARED[:2], DECLARED[2:]]) if lake.declared is DECLARED else DECLARED
        lake.declared = DECLARED if lake.declared == DECLARED[2:] else lake.declared
        lake.eyes._whole.apply(lake.declared, lake.scrapers)
        lake.eyes.apply(lake.declared, lake.scrapers, PLAN)


@pytest.mark.parametrize("seed", range(12))
async def test_it_is_what_a_look_at_everything_finds(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RELOOK_SECONDS", 0.0)
    chance = random.Random(seed)
    lake = Lake(tmp_path)
    try:
        await whatever_happens(lake, chance)
    finally:
        lake.index.close()


async def whatever_happens(lake: Lake, chance: random.Random) -> None:
    for _ in range(25):
        for _ in range(chance.randrange(4)):
            await a_step(lake, chance)
        if chance.random() < 0.1:  # a crash: what it knows is in the files
            lake.index.close()
            lake.open()
            await lake.index.load()
            lake.index.trust()
        if chance.random() < 0.1:
            lake.index.apply(replace(lake.rules, full_every=0.0))
        survey = await lake.eyes.look()
        lake.index.apply(lake.rules)
        whole = await lake.whole().look()
        for ours, theirs in zip(survey.findings, whole.findings, strict=True):
            assert (ours.coverage, ours.gaps) == (theirs.coverage, theirs.gaps)
        assert shown(survey) == shown(whole)
        assert survey.by == "index" or survey.cycle.drift == 0


# -- what is done again, and what is not -------------------------------------------------------------------------------


@pytest.fixture
async def lake(tmp_path: Path) -> AsyncIterator[Lake]:
    made = Lake(tmp_path)
    await made.ours(listing_key("2024-11-20"), b'{"1": "final", "2": "live"}')
    await made.ours("page/1.html", b"{}")
    yield made
    made.index.close()


def expanded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts that are made anew from now on."""
    names: list[str] = []

    def noted(declared: Declared, season: str | None, **more: object) -> object:
        names.append(f"{declared.data_type.name} {season or ''}".strip())
        return expand(declared, season, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "expand", noted)
    return names


async def test_a_pass_in_which_nothing_happens_does_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await lake.eyes.look()
    names, parsed = expanded(monkeypatch), lake.days.parsed
    lake.clock.jump(900)
    again = await lake.eyes.look()
    assert (names, lake.days.parsed, again.by) == ([], parsed, "index")
    assert [found.coverage for found in again.findings] == [found.coverage for found in first.findings]


async def test_what_comes_of_a_change_is_done_again_and_nothing_else(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lake.eyes.look()
    names = expanded(monkeypatch)
    await lake.ours("page/2.html", b"{}")
    assert (await lake.eyes.look()).findings[-1].coverage.stored == 2
    assert names == []
    await lake.ours(listing_key("2024-11-20"), b'{"1": "final", "2": "final"}')
    await lake.eyes.look()
    assert names == ["box 2024-25", "plays 2024-25", "plays 2023-24"]  # a game's plays may be of either season


async def test_a_day_more_is_expected_when_it_has_come(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    await lake.eyes.look()
    names = expanded(monkeypatch)
    lake.clock.jump(DAY)
    await lake.eyes.look()
    assert "days 2024-25" in names
    assert "table 2024-25" not in names


async def test_settings_that_change_nothing_here_cost_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    await lake.eyes.look()
    names = expanded(monkeypatch)
    lake.eyes.apply(DECLARED, {"ant_days": Days(), "ant_any": Anything("ant_any", "ant")}, PLAN)
    await lake.eyes.look()
    assert names == []
    lake.eyes.apply(DECLARED[:1], lake.scrapers, PLAN)
    await lake.eyes.look()
    assert names == ["days 2023-24", "days 2024-25"]


@pytest.mark.parametrize("most", [0, 1, 40, 10_000])
async def test_the_most_urgent_gaps_are_listed_and_all_are_counted(lake: Lake, most: int) -> None:
    lake.index.apply(IndexRules(1e9, most_gaps=most))
    whole = await lake.whole().look()
    for _ in range(2):
        survey = await lake.eyes.look()
        listed = [gap for found in survey.findings for gap in found.gaps]
        assert len(listed) == min(most, whole.gaps)
        assert (survey.gaps, survey.by_kind) == (whole.gaps, whole.by_kind)
        assert sum(survey.unlisted.values()) == whole.gaps - len(listed)
    lake.index.apply(IndexRules(1e9))
    assert shown(await lake.eyes.look()) == shown(whole)


async def test_after_a_pass_that_failed_everything_is_looked_at(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    await lake.eyes.look()
    await lake.theirs(listing_key("2024-11-27"), b'{"3": "final"}')
    lake.store.broken = "no network"  # the new listing can't be read
    monkeypatch.setattr("adce_async.engine.reconciling.survey.MOST_UNREAD", 1)
    with pytest.raises(StoreError, match="no network"):
        await lake.eyes.look()
    lake.store.broken = None
    assert shown(await lake.eyes.look()) == shown(await lake.whole().look())


async def test_an_object_that_could_not_be_read_is_tried_again(lake: Lake) -> None:
    await lake.eyes.look()
    await lake.theirs(listing_key("2024-11-27"), b'{"3": "final"}')
    lake.store.broken = "no network"
    assert "no network" in [gap.reason for gap in (await lake.eyes.look()).findings[1].gaps]
    lake.store.broken = None
    assert shown(await lake.eyes.look()) == shown(await lake.whole().look())


async def test_events_that_are_lost_cost_one_interval(lake: Lake) -> None:
    await lake.eyes.look()
    lake.store.delete("page/1.html")
    lake.store.seed("page/3.html", b"{}")
    assert (await lake.eyes.look()).cycle.drift == 0
    lake.index.apply(IndexRules(full_every=3600.0))
    lake.clock.jump(DAY)
    survey = await lake.eyes.look()
    assert (survey.by, survey.cycle.drift, survey.drift) == ("listing", 2, DriftFound(1, 1, 0, "listing"))
    assert shown(survey) == shown(await lake.whole().look())
