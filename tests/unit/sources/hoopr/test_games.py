"""hoopR: which game is accepted, and what the source declares."""

from __future__ import annotations

import orjson
import pytest

from adce_async.errors import NotFoundError, NotYetError, RefusedError, ScrapeError, UnreadableError
from adce_async.scraping.base import Page, Want
from adce_async.scraping.registry import load_builtins, make_scraper

BUILTINS = load_builtins(["adce_async.sources.hoopr"])

GAME = make_scraper("hoopr_game", BUILTINS.scrapers["hoopr_game"])

WANT = Want("hoopr_games/401607495.json", "game", {"season": "2023-24", "game_id": "401607495"})

FINAL = {"name": "STATUS_FINAL", "state": "post", "completed": True, "detail": "Final"}


def body(status=FINAL, **changed: object) -> dict:
    return {
        "gameId": 401607495,
        "plays": [{"id": 1, "type.text": "Jumpball"}],
        "boxscore": {"teams": [{}, {}], "players": [{}, {}]},
        "teamInfo": {"id": "401607495", "status": {"type": status}},
        "season": {"year": 2024, "type": 2},
    } | changed


def check(document: object, want: Want = WANT) -> None:
    GAME.check(Page("x", document if isinstance(document, bytes) else orjson.dumps(document)), want)


def refused(document: object, error: type[ScrapeError] = RefusedError, want: Want = WANT) -> str:
    with pytest.raises(error) as caught:
        check(document, want)
    assert type(caught.value) in (error, UnreadableError)
    return caught.value.reason


def test_a_game():
    check(body())
    check(body(plays=[]))  # as of 2001-02
    check(body(), Want("k", "game", {"game_id": "401607495"}))
    assert GAME.url_for({"game_id": "401607495"}) == (
        "https://raw.githubusercontent.com/sportsdataverse/hoopR-nba-raw/main/nba/json/final/401607495.json"
    )
    assert not GAME.stream


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"gameId": 401607496}, "gameId"),
        ({"gameId": None}, "gameId"),
        ({"teamInfo": {"id": "1", "status": {"type": FINAL}}}, "teamInfo.id"),
        ({"season": {"year": 2023}}, "season.year: expected 2024"),
        ({"season": None}, "season.year"),
        ({"boxscore": {}}, "boxscore.teams"),
        ({"boxscore": {"teams": [{}, {}], "players": [{}]}}, "boxscore.players"),
        ({"plays": None}, "plays"),
    ],
)
def test_another_or_half_a_game_is_refused(changed, reason):
    assert reason in refused(body(**changed))


@pytest.mark.parametrize(
    "status",
    [
        FINAL | {"completed": False},
        FINAL | {"state": "in"},
        {"name": "STATUS_POSTPONED", "state": "post", "completed": True},
        None,
    ],
)
def test_a_game_that_is_not_final(status):
    assert "not final" in refused(body(status), NotYetError)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"404: Not Found", NotFoundError),
        (b"<html><head><title>GitHub</title></head></html>", RefusedError),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", RefusedError),
        (b"[]", RefusedError),
        (b"", RefusedError),
        (orjson.dumps(body())[:-1], RefusedError),
    ],
)
def test_what_comes_instead_of_a_game(document, error):
    refused(document, error)
