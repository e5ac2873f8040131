"""What checks of ESPN's answers share: a state that all of a game's statuses agree on, envelopes that are no answer."""

from __future__ import annotations

import pytest
from tests.unit.sources.espn.bodies import (
    CANCELED,
    FINAL,
    LIVE,
    POSTPONED,
    PRE,
    as_page,
    event,
    game,
    listing_of,
    scoreboard,
)

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    RefusedError,
    ScrapeError,
    TransientError,
    UnreadableError,
)
from adce_async.model.coverage import ItemState
from adce_async.scraping.base import Want
from adce_async.sources.espn import SCRAPERS, EspnScoreboard, EspnSummary

SCOREBOARD = EspnScoreboard("espn_scoreboard", "espn", **{k: SCRAPERS["espn_scoreboard"][k] for k in ("url", "params")})

SUMMARY = EspnSummary("espn_summary", "espn", **{k: SCRAPERS["espn_summary"][k] for k in ("url", "params")})


def accepted(document: object, date: str = "2024-12-15") -> list:
    SCOREBOARD.check(as_page(document), listing_of(date))
    return list(SCOREBOARD.discover(as_page(document), listing_of(date)).items)


def refused(document: object, date: str = "2024-12-15", error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        SCOREBOARD.check(as_page(document), listing_of(date))
    assert type(caught.value) in (error, UnreadableError)
    assert caught.value.status == 200
    return caught.value.reason


def refused_summary(document: object, want: Want, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        SUMMARY.check(as_page(document), want)
    assert type(caught.value) in (error, UnreadableError)
    return caught.value.reason


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (FINAL, ItemState.FINAL),
        (FINAL | {"detail": "Final/OT"}, ItemState.FINAL),
        (PRE, ItemState.SCHEDULED),
        (LIVE, ItemState.LIVE),
        (POSTPONED, ItemState.POSTPONED),
        (POSTPONED | {"state": "pre"}, ItemState.POSTPONED),
        (POSTPONED | {"completed": True}, ItemState.POSTPONED),
        (CANCELED, ItemState.CANCELLED),
        (FINAL | {"completed": False}, ItemState.LIVE),
        (FINAL | {"state": "in"}, ItemState.LIVE),
        (FINAL | {"completed": "true"}, ItemState.LIVE),
        ({"name": "STATUS_FORFEIT", "state": "post", "completed": True}, ItemState.LIVE),
        ({"name": "STATUS_SUSPENDED", "state": "post", "completed": False}, ItemState.LIVE),
        ({"name": "STATUS_END_PERIOD", "state": "in", "completed": False}, ItemState.LIVE),
    ],
)
def test_only_a_status_that_says_so_three_times_is_final(status, state):
    items = accepted(scoreboard(event("1", status=status), event("2")))
    assert [item.state for item in items] == [state, ItemState.FINAL]
    settled = state in (ItemState.FINAL, ItemState.POSTPONED, ItemState.CANCELLED)
    assert SCOREBOARD.discover(as_page(scoreboard(event(status=status))), listing_of("2024-12-15")).settled is settled


def test_a_status_that_contradicts_itself_is_not_settled():
    (item,) = accepted(scoreboard(event(status=FINAL) | {"status": {"type": LIVE}}))
    assert item.state is ItemState.LIVE


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"code": 404, "message": "x"}, NotFoundError),
        ({"error": {"code": 404, "message": "x"}}, NotFoundError),
        ({"error": {"code": 429, "message": "x"}}, BlockedError),
        ({"code": 403}, BlockedError),
        ({"code": 503}, TransientError),
        ({"code": 400, "message": "Failed to get events endpoint."}, RefusedError),
        ({"code": "odd"}, RefusedError),
        ({}, RefusedError),
        ([], RefusedError),
        ({"leagues": [], "events": []}, RefusedError),
        ({"leagues": [{"slug": "wnba"}], "events": []}, RefusedError),
        ({"leagues": [{"slug": "nba"}]}, RefusedError),
        ({"leagues": [{"slug": "nba"}], "events": {}}, RefusedError),
        ({"leagues": [{"slug": "nba"}], "events": [None]}, RefusedError),
        (scoreboard(event(uid="s:40~l:59~e:1")), RefusedError),
        (scoreboard(event(date="soon")), RefusedError),
        (scoreboard(event(date=None)), RefusedError),
        (scoreboard(event(date="0001-01-01T00:00Z")), RefusedError),
        (scoreboard(event(season={})), RefusedError),
        (scoreboard(event(competitions=[], status={})), RefusedError),
        (scoreboard(event(game_id="")), RefusedError),
        (b"<html><head><title>Access Denied</title>", BlockedError),
        (b"<html><head><title>ESPN</title>", RefusedError),
        (b"", RefusedError),
    ],
)
def test_what_is_no_listing_is_refused_by_kind(body, error):
    refused(body, error=error)
    refused_summary(body, game("401"), error=error)


def test_a_page_where_data_is_due_is_called_one():
    assert "an HTML page, titled 'ESPN'" in refused(b"<html><head><title>ESPN</title>")
    assert "an HTML page, titled 'ESPN'" in refused_summary(b"<html><head><title>ESPN</title>", game("401"))
