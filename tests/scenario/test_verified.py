"""A lake that others have filled: what is bad in it is found, refetched, and everything is verified in the end."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.scenario.world import Items, World, derived, items_of, per

from adce_async.errors import NotFoundError, NotYetError, QueueError, RefusedError
from adce_async.model.coverage import GapKind
from adce_async.model.days import DAY
from adce_async.model.dimensions import DerivedDimension
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.task import Verdict
from adce_async.ports import Judgement
from adce_async.scraping.base import Page, Want
from adce_async.scraping.blocked import judging

FAST = {"ant": per(100, 1.0)}
BLOCK = b"<html><head><title>Access Denied</title></head><body>no</body></html>"


class Games(Items):
    """Schedules, and games that are final or not, with facts."""

    def check(self, page: Page, want: Want) -> None:
        with judging(page, html_due=False):
            super().check(page, want)
            body = page.json()
            if body.get("state") == "pre":
                raise NotYetError("not final: STATUS_SCHEDULED")
            if "error" in body:
                raise NotFoundError("no such game")
            if "games" not in body and not body.get("home"):
                raise RefusedError("an empty envelope")

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        body = page.json()
        if "home" not in body:
            return ()
        home, away = (
            SideFacts(team, points, player_points=sum_) for team, points, sum_ in (body["home"], body["away"])
        )
        return (GameFacts(body["id"], body.get("date", ""), home, away, final=True),)


def game(name: object, home: int = 112, players: int | None = None, **more: object) -> bytes:
    sides = {"home": ["BOS", home, home if players is None else players], "away": ["NYK", 105, None]}
    return json.dumps({"id": str(name), **sides, **more}).encode()


def day(name: object, *games: str) -> bytes:
    return json.dumps({"id": str(name), "games": dict.fromkeys(games, "final")}).encode()


DAYS = {"0": ("g1", "g2", "g3", "g4", "g5", "g6", "g7"), "1": ("g8", "g9")}


def good(ask) -> bytes:
    name = ask.url.rsplit("/", 1)[1]
    return day(name, *DAYS[name]) if name in DAYS else game(name)


def boxes(**rules: object):
    return derived("ant", "box", DerivedDimension("game_id", "ant.items", "game_id", "final"), **rules)


def world_of(tmp_path, script=good, **more) -> World:
    return World(tmp_path, [boxes(), items_of("ant", 2)], FAST, script, kind=Games, **more)


def seed(world: World) -> dict[str, str]:
    """What others left: all kinds of lies, among good objects; key -> what is wrong."""
    put = world.store.seed
    put("ant/0.json", day(0, *DAYS["0"]))
    put("ant/1.json", BLOCK)  # so that nothing tells that g8 and g9 are expected
    put("ant-box/g1.json", game("g1"))
    put("ant-box/g2.json", b'{"id": "g2", "state": "pre"}')
    put("ant-box/g3.json", game("g1"))
    put("ant-box/g4.json", BLOCK)
    put("ant-box/g5.json", b'{"id": "g5", "home": []}')
    # g6 is missing
    put("ant-box/g7.json", game("g7", 112, players=110))
    put("ant-box/g8.json", game("g8"))
    put("ant-box/g9.json", b'{"id": "g9", "error": 404}')
    put("ant-box/notes.txt", b"not ours")
    return {
        "ant/1.json": "BlockedError: a block page, titled 'Access Denied'",
        "ant-box/g2.json": "NotYetError: not final: STATUS_SCHEDULED",
        "ant-box/g3.json": "RefusedError: id: expected {'game_id': 'g3'}, found 'g1'",
        "ant-box/g4.json": "BlockedError: a block page, titled 'Access Denied'",
        "ant-box/g5.json": "RefusedError: an empty envelope",
        "ant-box/g7.json": "contradicts itself: game g7: BOS: its players' points sum to 110, the team's are 112",
        "ant-box/g9.json": "NotFoundError: no such game",
    }


async def test_exactly_the_bad_ones_are_found_and_the_next_run_heals_them(tmp_path) -> None:
    world = world_of(tmp_path)
    bad = seed(world)
    before = await world.look()
    assert sum(row.verified for row in before.coverage) == 0

    report = await world.verify()
    assert dict(report.invalid) == bad
    assert [row.counts() for row in report.rows] == [
        {"objects": 2, "verified": 1, "invalid": 1, "unverified": 0, "judged": 2},
        {"objects": 8, "verified": 2, "invalid": 6, "unverified": 0, "judged": 8},
    ]
    assert world.sources.log == []

    found = await world.look()
    # what stands under the block page is not expected before that schedule is there
    assert found.by_kind == {"invalid": 6, "missing": 1}
    assert {row.data_type: (row.verified, row.invalid) for row in found.coverage} == {"items": (1, 1), "box": (1, 5)}
    tasks = {task.key: task.reason for task in await world.queue.tasks() if task.kind is GapKind.INVALID}
    assert tasks == {key: reason for key, reason in bad.items() if key != "ant-box/g9.json"}

    healed = await world.fill()
    assert healed.complete
    assert all(row.verified == row.stored == row.expected for row in healed.coverage)
    asked = {ask.url.rsplit("/", 1)[1] for ask in world.sources.log}
    assert asked == {"1", "g2", "g3", "g4", "g5", "g6", "g7", "g9"}
    again = await world.verify()
    assert (again.invalid, sum(row.judged for row in again.rows)) == ([], 0)
    assert world.store.bodies["ant-box/notes.txt"] == b"not ours"


async def test_what_was_judged_is_not_judged_again_but_another_body_or_version_is(tmp_path) -> None:
    world = world_of(tmp_path)
    seed(world)
    await world.verify()
    report = await world.verify()
    assert [row.judged for row in report.rows] == [0, 0]
    assert len(report.invalid) == 7
    assert [row.judged for row in (await world.verify(everything=True)).rows] == [2, 8]
    world.store.seed("ant-box/g2.json", game("g2"))
    assert (await world.look()).by_kind == {"invalid": 5, "missing": 1}  # of another body nothing is known
    report = await world.verify()
    assert [row.judged for row in report.rows] == [0, 1]
    assert "ant-box/g2.json" not in dict(report.invalid)
    world.scrapers["ant_items"].version = "2"  # type: ignore[misc]
    assert sum(row.verified for row in (await world.look()).coverage) == 0
    assert [row.judged for row in (await world.verify()).rows] == [2, 8]


async def test_a_source_that_contradicts_itself_is_asked_once_a_day_later_then_parked(tmp_path) -> None:
    def script(ask):
        return game("g1", players=110) if ask.url.endswith("g1") else good(ask)

    world = world_of(tmp_path, script)
    report = await world.fill()
    assert report.by_kind == {"invalid": 1}
    assert world.store.bodies["ant-box/g1.json"] == game("g1", players=110)  # stored, as it was received
    (row,) = [row for row in report.coverage if row.data_type == "box"]
    assert (row.stored, row.verified, row.invalid) == (9, 8, 1)
    asked = len(world.sources.log)
    await asyncio.sleep(DAY / 2)
    await world.fill()
    assert len(world.sources.log) == asked
    await asyncio.sleep(DAY / 2 + 60)
    await world.fill()
    new = [request.url.rsplit("/", 1)[-1] for request in world.sources.log[asked:]]
    assert new.count("g1") == 2
    assert len(new) == 3  # before it is given up: does the source serve what it has served before?
    (parked,) = await world.queue.parked()
    assert parked.key == "ant-box/g1.json"
    assert "its players' points sum to 110, the team's are 112" in parked.reason
    await asyncio.sleep(5 * DAY)
    report = await world.fill()
    assert (len(world.sources.log), report.parked, report.by_kind) == (asked + 3, 1, {"invalid": 1})


async def test_a_source_that_corrects_itself_heals(tmp_path) -> None:
    def script(ask):
        return game("g1", players=110) if ask.url.endswith("g1") and not ask.nth else good(ask)

    world = world_of(tmp_path, script)
    assert (await world.fill()).by_kind == {"invalid": 1}
    await asyncio.sleep(DAY + 60)
    report = await world.fill()
    assert report.complete
    assert sum(row.verified for row in report.coverage) == 11
    assert await world.queue.parked() == []


async def test_another_body_that_contradicts_itself_is_stored_and_asked_for_again_a_day_later(tmp_path) -> None:
    def script(ask):
        return game("g1", players=100 + ask.nth) if ask.url.endswith("g1") else good(ask)

    world = world_of(tmp_path, script)
    await world.fill()
    for days in (1, 2):
        await asyncio.sleep(DAY + 60)
        report = await world.fill()
        assert (report.by_kind, report.parked) == ({"invalid": 1}, 0)
        assert world.store.bodies["ant-box/g1.json"] == game("g1", players=100 + days)


async def test_what_is_first_found_to_contradict_itself_as_it_is_renewed_waits_a_day_as_well(tmp_path) -> None:
    def script(ask):
        return game("g7", players=110) if ask.url.endswith("g7") else good(ask)

    world = World(tmp_path, [boxes(freshness_seconds=DAY), items_of("ant", 1)], FAST, script, kind=Games)
    seed(world)  # g7 is old, and nobody has judged it
    report = await world.fill()
    assert ("ant-box/g7.json", Verdict.UNCHANGED) in [(task.key, outcome.verdict) for task, outcome in world.outcomes]
    assert (report.by_kind, report.parked) == ({"invalid": 1}, 0)


async def test_a_schedule_that_contradicts_itself_still_names_its_games(tmp_path) -> None:
    def script(ask):
        name = ask.url.rsplit("/", 1)[1]
        return game(0, players=110, games={"g1": "final"}) if name == "0" else game(name)

    world = World(tmp_path, [boxes(), items_of("ant", 1)], FAST, script, kind=Games)
    report = await world.fill()
    assert {row.data_type: (row.expected, row.invalid) for row in report.coverage} == {"items": (1, 1), "box": (1, 0)}
    assert "ant-box/g1.json" in await world.keys()


async def test_a_schedule_of_others_that_was_judged_wrong_is_not_read_in_each_pass(tmp_path) -> None:
    world = world_of(tmp_path)
    seed(world)
    await world.verify()
    asked: list[str] = []
    get = world.store.get

    async def noted(key: str) -> bytes | None:
        asked.append(key)
        return await get(key)

    world.store.get = noted  # type: ignore[method-assign]
    assert (await world.look()).by_kind["invalid"] == 6
    assert "ant/1.json" not in asked


async def test_the_freshness_of_the_data_type_says_when_it_is_asked_again(tmp_path) -> None:
    def script(ask):
        return game("g1", players=110) if ask.url.endswith("g1") else good(ask)

    world = World(tmp_path, [boxes(freshness_seconds=3600.0), items_of("ant", 1)], FAST, script, kind=Games)
    await world.fill()
    stored = await world.store.head("ant-box/g1.json")
    (task,) = await world.queue.tasks()
    assert task.not_before == stored.modified + 3600.0


async def test_what_the_lake_held_and_the_source_repeats_is_not_asked_for_ever(tmp_path) -> None:
    def script(ask):
        return game("g7", players=110) if ask.url.endswith("g7") else good(ask)

    world = world_of(tmp_path, script)
    seed(world)  # g7 of the others is the very body that the source still sends
    await world.verify()
    report = await world.fill()
    assert (report.by_kind, report.parked) == ({"invalid": 1}, 1)
    assert sum(ask.url.endswith("g7") for ask in world.sources.log) == 2
    (parked,) = await world.queue.parked()
    assert parked.reason.startswith("the same again: contradicts itself")


async def test_what_was_wrongly_judged_and_comes_again_as_it_was_is_good(tmp_path) -> None:
    world = world_of(tmp_path)
    seed(world)
    await world.verify()
    scraper = world.scrapers["ant_items"]
    head = await world.store.head("ant-box/g1.json")
    world.verifications.judged["ant-box/g1.json"] = Judgement(scraper.cache_tag(head.etag), "once refused")
    report = await world.fill()
    assert report.complete
    assert ("ant-box/g1.json", Verdict.UNCHANGED) in [(task.key, outcome.verdict) for task, outcome in world.outcomes]


async def test_scrapers_that_state_no_facts_cost_no_judgement(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 20)], FAST)
    assert (await world.fill()).complete
    assert world.verifications.saved == 0
    report = await world.verify()
    assert [row.counts() for row in report.rows] == [
        {"objects": 20, "verified": 20, "invalid": 0, "unverified": 0, "judged": 0}
    ]
    assert world.verifications.saved == 0
    assert [row.judged for row in (await world.verify(everything=True)).rows] == [20]


async def test_a_judgement_that_cannot_be_kept_loses_no_object(tmp_path) -> None:
    plays = derived("ant", "plays", DerivedDimension("game_id", "ant.items", "game_id", "final"))
    world = World(tmp_path, [boxes(), plays, items_of("ant", 2)], FAST, good, kind=Games)  # two keys a request

    async def broken(judged: object) -> None:
        raise QueueError("disk full")

    world.verifications.save = broken  # type: ignore[method-assign]
    report = await world.fill()
    assert report.complete
    assert len(world.sources.log) == 2 + 9


@pytest.mark.parametrize("large", [False, True])
async def test_facts_are_kept_as_an_object_is_stored_and_held_against_each_other(tmp_path, large) -> None:
    filler = "x" * 150_000 if large else ""  # above 100,000 bytes everything is read in a thread

    def script(ask):
        name = ask.url.rsplit("/", 1)[1]
        if name == "0":
            return day(0, f"{ask.source}1")
        return game(name, 112 if ask.source == "ant" else 111, date="2024-12-15", filler=filler)

    kinds = [
        derived(source, "box", DerivedDimension("game_id", f"{source}.items", "game_id", "final"))
        for source in ("ant", "bee")
    ]
    limits = {"ant": per(100, 1.0), "bee": per(100, 1.0)}
    world = World(tmp_path, [*kinds, items_of("ant", 1), items_of("bee", 1)], limits, script, kind=Games)
    assert (await world.fill()).complete
    assert set(world.verifications.judged) == {"ant-box/ant1.json", "bee-box/bee1.json"}
    report = await world.verify()
    document = report.as_dict()
    assert document["invalid"] == []
    assert document["findings"] == [
        {
            "kind": "across_sources",
            "message": "2024-12-15 BOS: ant has BOS 112, NYK 105 (ant-box/ant1.json), "
            "bee has BOS 111, NYK 105 (bee-box/bee1.json)",
            "keys": ["ant-box/ant1.json", "bee-box/bee1.json"],
        }
    ]
    assert document["totals"] == {
        "objects": 4, "verified": 4, "invalid": 0, "unverified": 0, "judged": 2, "findings": 1,
    }  # fmt: skip
    assert (await world.look()).complete  # a finding is no gap
