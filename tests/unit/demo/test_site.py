"""How far a game has come, and what a site tells of it by then."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from adce_async.demo.league import League
from adce_async.demo.plays import Kind, plays_of
from adce_async.demo.site import (
    GameState,
    Response,
    akamai_denied,
    cloudflare_challenge,
    moment,
    periods_told,
    plays_told,
    state_of,
)
from adce_async.errors import BlockedError
from adce_async.model.days import iso
from adce_async.scraping.base import Page
from adce_async.scraping.blocked import refuse_block_pages

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
GAME = LEAGUE.games(dt.date(2024, 12, 15))[0]


def test_a_game_is_over_only_after_its_end_and_unless_it_is_held() -> None:
    assert state_of(GAME, GAME.tip_off - 1) is GameState.BEFORE
    assert state_of(GAME, GAME.tip_off - 1, held=True) is GameState.BEFORE
    assert state_of(GAME, GAME.tip_off) is GameState.LIVE
    assert state_of(GAME, GAME.ends_at - 1) is GameState.LIVE
    assert state_of(GAME, GAME.ends_at) is GameState.OVER
    assert state_of(GAME, math.inf, held=True) is GameState.LIVE


def test_nothing_is_told_before_and_the_end_only_when_it_is_over() -> None:
    assert (periods_told(GAME, GameState.BEFORE), plays_told(GAME, GameState.BEFORE)) == (0, ())
    live = plays_told(GAME, GameState.LIVE)
    assert {play.period for play in live} == {1, 2}
    assert Kind.END_GAME not in {play.kind for play in live}
    assert plays_told(GAME, GameState.OVER) == plays_of(GAME)


def test_what_is_written_down_has_a_time() -> None:
    assert moment(LEAGUE, 12.5) == 12.5
    assert iso(moment(LEAGUE, math.inf)) == "2024-12-16T17:00:00Z"


@pytest.mark.parametrize("answer", [akamai_denied("http://ant.test/", 200), cloudflare_challenge(200)])
def test_block_pages_are_known_as_such_whatever_their_status(answer: Response) -> None:
    with pytest.raises(BlockedError):
        refuse_block_pages(Page("https://ant.test/", answer.body, headers={"content-type": answer.content_type}))


def test_block_pages_keep_the_headers_that_they_are_given() -> None:
    assert cloudflare_challenge(headers={"retry-after": "9"}).headers == {"server": "cloudflare", "retry-after": "9"}
    assert akamai_denied("x", headers={"retry-after": "9"}).headers == {"retry-after": "9"}
    assert (akamai_denied("x").status, cloudflare_challenge().status) == (403, 403)
