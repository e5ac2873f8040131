"""Scores that good objects state are held against each other; what is out of date, or remembered wrongly, is not."""

from __future__ import annotations

import pytest
import structlog

from adce_async.engine.reconciling.agreement import discrepancies, lists_seasons
from adce_async.model.coverage import DataType, StoredObject
from adce_async.model.days import from_iso
from adce_async.model.dimensions import Declared, DerivedDimension, Dimension, ListDimension
from adce_async.model.game_results import GameResult, pack
from adce_async.model.keys import PathPattern
from adce_async.ports import Judgement
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.memory_verifications import MemoryVerifications

NOW = from_iso("2025-01-01T12:00:00Z")
GAMES = DerivedDimension("game_id", "ant.schedule", "game_id", "final")


class Plain(Scraper):
    def check(self, page: Page, want: Want) -> None:
        """Anything goes."""


class Listing(Plain):
    lists_seasons = True


def of(source: str) -> Declared:
    return Declared(
        DataType(source, "box", f"{source}_box", PathPattern(f"{source}/{{game_id}}.json")), ("2024-25",), (GAMES,)
    )


ANT, BEE = of("ant"), of("bee")
SCRAPERS = {f"{source}_box": Plain(f"{source}_box", source) for source in ("ant", "bee")}


class Lake:
    """Objects with what is remembered of them."""

    def __init__(self) -> None:
        self.stored: dict[str, StoredObject] = {}
        self.kept = MemoryVerifications()

    def put(self, source: str, points: int, *, etag: str = "e", facts: str | None = None) -> None:
        key = f"{source}/7.json"
        result = GameResult("7", "2024-12-15", "regular", "BOS", points, "NYK", 105)
        self.stored[key] = StoredObject(key, 10, "e", 0.0)
        tag = SCRAPERS[f"{source}_box"].cache_tag(etag)
        self.kept.judged[key] = Judgement(tag, "", pack([result]) if facts is None else facts)

    async def found(self) -> list[str]:
        seen = await discrepancies([ANT, BEE], SCRAPERS, self.kept, self.stored, NOW)
        return [one.message for one in seen]


async def test_the_same_score_is_no_finding_and_another_one_names_both() -> None:
    lake = Lake()
    lake.put("ant", 112)
    lake.put("bee", 112)
    assert await lake.found() == []
    lake.put("bee", 113)
    (message,) = await lake.found()
    assert "ant" in message
    assert "bee" in message


async def test_what_was_judged_of_another_body_does_not_count() -> None:
    lake = Lake()
    lake.put("ant", 112)
    lake.put("bee", 113, etag="of an older body")
    assert await lake.found() == []


async def test_what_is_gone_does_not_count() -> None:
    lake = Lake()
    lake.put("ant", 112)
    lake.put("bee", 113)
    del lake.stored["bee/7.json"]
    assert await lake.found() == []


async def test_what_is_remembered_wrongly_is_said_with_what_helps() -> None:
    lake = Lake()
    lake.put("ant", 112)
    lake.put("bee", 113, facts='[["too short"]]')
    with structlog.testing.capture_logs() as said:
        assert await lake.found() == []
    assert [(line["key"], line["next"]) for line in said] == [("bee/7.json", "`adce verify --all` judges it again")]


@pytest.mark.parametrize(
    ("scraper", "pattern", "dimensions", "listed"),
    [
        (Listing, "{season}.json", (), True),
        (Plain, "{season}.json", (), False),
        (Listing, "{season}/{month}.json", (ListDimension("month", ("december",)),), False),  # part of a season
        (Listing, "{season}/{kind}.json", (ListDimension("kind", ("regular",)),), True),
        (Listing, "{kind}.json", (ListDimension("kind", ("regular",)),), False),  # of no season
    ],
)
def test_only_all_of_a_season_lists_its_games(
    scraper: type[Scraper], pattern: str, dimensions: tuple[Dimension, ...], listed: bool
) -> None:
    declared = Declared(DataType("ant", "days", "ant_days", PathPattern(pattern)), ("2024-25",), dimensions)
    assert lists_seasons(declared, scraper("ant_days", "ant")) is listed
