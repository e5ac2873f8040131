"""Which objects go into tables: what is verified, and what no one has judged to be wrong."""

from __future__ import annotations

from pathlib import Path

from tests.unit.engine.tabling.ants import SEASON, Lake, body, key

from adce_async.engine.tabling import subjects as module
from adce_async.ports import Judgement


async def test_what_we_stored_is_taken_with_its_fields(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    await lake.put(1)
    found = await lake.finder.find(0.0)
    (group,) = found.groups.values()
    assert (group.declared.data_type.name, group.season, list(group.subjects)) == ("items", SEASON, [key(1)])
    assert group.subjects[key(1)].fields["id"] == "1"


async def test_what_others_stored_is_taken_once_it_was_judged_as_it_is(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for number in (1, 2, 3):
        lake.store.seed(key(number), body(number))
    assert (await lake.finder.find(0.0)).unverified == 3
    heads = await lake.store.heads([key(1), key(2), key(3)])
    tags = {number: lake.scraper.cache_tag(heads[key(number)].etag) for number in (1, 2, 3)}
    judged = {
        key(1): Judgement(tags[1]),
        key(2): Judgement(tags[2], "RefusedError: not it"),
        key(3): Judgement("another body#ants/1"),
    }
    await lake.verifications.save(judged)
    found = await lake.finder.find(0.0)
    assert [list(group.subjects) for group in found.groups.values()] == [[key(1)]]
    assert found.invalid == {key(2): "RefusedError: not it"}
    assert found.unverified == 1


async def test_what_nobody_expects_is_taken_where_its_key_tells_what_it_is(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    await lake.put(99)
    (group,) = (await lake.finder.find(0.0)).groups.values()
    assert list(group.subjects) == [key(99)]


def test_a_key_is_of_the_season_of_its_day() -> None:
    assert module._season({"date": "2024-12-15"}) == "2024-25"
    assert module._season({"date": "2024-12-15", "season": "x"}) == "x"
    assert module._season({"date": "today"}) is None
    assert module._season({}) is None
