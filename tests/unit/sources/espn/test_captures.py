"""ESPN's captured answers: each is accepted as what it is, and as nothing else."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.unit.sources.espn.bodies import (
    as_page,
    game,
    listing_of,
)

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    NotYetError,
    RefusedError,
    ScrapeError,
    UnreadableError,
)
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


CAPTURED_DAYS = {
    "scoreboard_20241215_final.json": ("2024-12-15", {"final": 7}),
    "scoreboard_20250214_no_games.json": ("2025-02-14", {}),
    "scoreboard_20250529_playoff_final.json": ("2025-05-29", {"final": 1}),
    "scoreboard_20260502_live_playoff.json": ("2026-05-02", {"live": 1}),
}

KEYS = [(SCOREBOARD, listing_of(day), file) for file, (day, _) in CAPTURED_DAYS.items()] + [
    (SUMMARY, game("401772994", kind), "summary_401772994_final.json") for kind in ("box_score", "play_by_play")
]


@pytest.mark.parametrize("file", CAPTURED_DAYS)
def test_captured_days(captures, file):
    day, states = CAPTURED_DAYS[file]
    items = accepted(captures.body("espn", file), day)
    assert Counter(str(item.state) for item in items) == states


def test_captured_games(captures):
    items = accepted(captures.body("espn", "scoreboard_20241215_final.json"))
    assert dict(items[-1].fields) == {
        "game_id": "401736814",
        "date": "2024-12-15",
        "season": "2024-25",
        "season_type": "2",
        "home": "LAL",
        "away": "MEM",
    }
    (live,) = accepted(captures.body("espn", "scoreboard_20260502_live_playoff.json"), "2026-05-02")
    assert (live.fields["season"], live.fields["season_type"]) == ("2025-26", "3")


@pytest.mark.parametrize("kind", ["box_score", "play_by_play", "team_stats", "win_probability"])
def test_captured_summary_is_accepted_when_final(captures, kind):
    SUMMARY.check(as_page(captures.body("espn", "summary_401772994_final.json")), game("401772994", kind))
    before = captures.body("espn", "summary_401772994_pre.json")
    assert "STATUS_SCHEDULED" in refused_summary(before, game("401772994", kind), NotYetError)


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("DERIVED_truncated_scoreboard.json", RefusedError),
        ("SYNTHETIC_403_akamai_access_denied.html", BlockedError),
        ("error_404_core_coach.json", NotFoundError),
    ],
)
def test_captured_failures(captures, file, error):
    refused(captures.body("espn", file), error=error)


def test_no_captured_body_passes_for_another_key(captures):
    """Wrong day, wrong game, wrong endpoint, wrong sport.

    The one empty listing carries no date of its own: only days of its own season, by its calendar, can be told.
    """
    tried = 0
    for entry in captures.manifest("espn"):
        body = as_page(captures.body("espn", entry["file"]))
        for scraper, want, own in KEYS:
            other_season = (
                entry["file"] == "scoreboard_20250214_no_games.json" and want.fields.get("date") == "2026-05-02"
            )
            if entry["file"] == own or other_season:
                continue
            tried += 1
            with pytest.raises(ScrapeError):
                scraper.check(body, want)
    assert tried > 80


@pytest.mark.parametrize("number", range(len(KEYS)))
def test_no_prefix_of_a_captured_body_is_accepted(captures, number):
    scraper, want, file = KEYS[number]
    body = captures.body("espn", file).rstrip()
    scraper.check(as_page(body), want)
    for part in range(1, 16):
        with pytest.raises(RefusedError):
            scraper.check(as_page(body[: len(body) * part // 16]), want)
    with pytest.raises(RefusedError):
        scraper.check(as_page(body[:-1]), want)
