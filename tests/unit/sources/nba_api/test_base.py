"""nba.com: how fields become parameters, and how a game is told from another and from one under way."""

from __future__ import annotations

import pytest

from adce_async.errors import NotFoundError, NotYetError, PermanentError, RefusedError, ScrapeError
from adce_async.model.coverage import ItemState
from adce_async.scraping.base import Page, Want
from adce_async.sources.nba_api.base import (
    NbaScraper,
    expect,
    expect_game,
    expect_season_of_game,
    refuse_short,
    refuse_unfinished,
    state_of,
)
from adce_async.sources.nba_api.ids import NEVER_PLAYED

GAME = "0022400363"


class Plain(NbaScraper):
    def check(self, page: Page, want: Want) -> None:
        raise RefusedError("not asked")


PLAIN = Plain(
    "x",
    "nba_api",
    "https://stats.nba.com/x",
    {"GameID": "{game_id}", "Season": "{season}", "SeasonType": "{season_type}"},
)


def want(**fields: str) -> Want:
    return Want("k", "nba_api.box_score", fields)


def test_a_game_tells_its_season_and_its_part_of_it() -> None:
    assert PLAIN.asked({"game_id": GAME}) == {"GameID": GAME, "Season": "2024-25", "SeasonType": "Regular Season"}
    assert PLAIN.asked({"game_id": "0042400101"})["SeasonType"] == "Playoffs"


def test_what_is_not_given_is_not_asked() -> None:
    assert PLAIN.asked({"season": "2024-25", "season_type": "playoffs"}) == {
        "Season": "2024-25",
        "SeasonType": "Playoffs",
    }
    assert PLAIN.asked({"season_type": "Pre Season"}) == {"SeasonType": "Pre Season"}


def test_expectations_are_compared_as_text() -> None:
    expect("TeamID", 7, "7")
    for found in (None, "8", 70):
        with pytest.raises(RefusedError, match="TeamID: expected '7'"):
            expect("TeamID", 7, found)


def test_the_id_of_the_game_asked_for() -> None:
    assert expect_game("gameId", want(game_id=GAME), GAME) == GAME
    assert expect_game("gameId", want(), GAME) == GAME
    for found in ("0022400364", int(GAME), None):
        with pytest.raises(RefusedError, match="gameId"):
            expect_game("gameId", want(game_id=GAME), found)
    with pytest.raises(RefusedError, match="ten digits"):
        expect_game("gameId", want(), "1022400363")  # of another league


def test_a_key_may_not_put_its_game_elsewhere() -> None:
    expect_season_of_game(want(season="2024-25"), GAME)
    with pytest.raises(RefusedError, match="season"):
        expect_game("gameId", want(game_id=GAME, season="2023-24"), GAME)
    with pytest.raises(RefusedError, match="season_type"):
        expect_game("gameId", want(game_id=GAME, season_type="playoffs"), GAME)
    expect_game("gameId", want(game_id=GAME, season_type="Regular Season"), GAME)


@pytest.mark.parametrize(
    ("status", "text", "state"),
    [
        (3, "Final", ItemState.FINAL),
        (3, None, ItemState.FINAL),
        (2, "Q4 0:01", ItemState.LIVE),
        (1, "7:30 pm ET", ItemState.SCHEDULED),
        (1, " ppd", ItemState.POSTPONED),
        (3, "Cancelled", ItemState.CANCELLED),
        ("3", "Final", ItemState.SCHEDULED),  # only the number says so
    ],
)
def test_states(status: object, text: object, state: ItemState) -> None:
    assert state_of(status, text) is state


@pytest.mark.parametrize(
    ("game_id", "status", "text", "error"),
    [
        (GAME, 1, "7:30 pm ET", NotYetError),
        (GAME, 2, "Q4", NotYetError),
        (GAME, 1, "PPD", NotFoundError),
        (GAME, 3, "Cancelled", PermanentError),
        (next(iter(NEVER_PLAYED)), 1, "", PermanentError),
    ],
)
def test_a_game_that_is_not_over_is_refused_by_kind(
    game_id: str, status: object, text: object, error: type[ScrapeError]
) -> None:
    with pytest.raises(error) as caught:
        refuse_unfinished(game_id, status, text)
    assert type(caught.value) is error


def test_a_game_that_is_over_is_not_refused() -> None:
    refuse_unfinished(GAME, 3, "Final/OT")


@pytest.mark.parametrize("minutes", ["214:59", "PT1M00.00S", "PT180M00.00S"])
def test_minutes_of_half_a_game(minutes: str) -> None:
    with pytest.raises(NotYetError, match="minutes"):
        refuse_short(GAME, minutes)


@pytest.mark.parametrize(
    ("game_id", "minutes"),
    [
        (GAME, "240:00"), (GAME, "PT265M00.00S"), (GAME, "215:00"),
        (GAME, "0:00"), (GAME, None), (GAME, 12), (GAME, "many"),  # not recorded
        ("0029500001", "48:00"),  # before exact minutes
        ("0032400001", "100:00"),  # an exhibition
    ],
)  # fmt: skip
def test_minutes_that_prove_nothing(game_id: str, minutes: object) -> None:
    refuse_short(game_id, minutes)
