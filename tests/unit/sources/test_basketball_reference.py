"""Basketball-Reference: which page is accepted as which month or game, and what a month names."""

from __future__ import annotations

from collections import Counter

import pytest

from adce_async.errors import BlockedError, NotFoundError, NotYetError, RefusedError, ScrapeError
from adce_async.model.coverage import ItemState
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.sources.basketball_reference import (
    SCRAPERS,
    SOURCE,
    BasketballReferenceBoxScore,
    BasketballReferencePlayByPlay,
    BasketballReferenceSchedule,
)

SITE = "https://www.basketball-reference.com"
SCHEDULE = BasketballReferenceSchedule(
    "basketball_reference_schedule", "basketball_reference", SCRAPERS["basketball_reference_schedule"]["url"]
)
BOX_SCORE = BasketballReferenceBoxScore(
    "basketball_reference_box_score", "basketball_reference", SCRAPERS["basketball_reference_box_score"]["url"]
)
PLAY_BY_PLAY = BasketballReferencePlayByPlay(
    "basketball_reference_play_by_play", "basketball_reference", SCRAPERS["basketball_reference_play_by_play"]["url"]
)
MONTHS = {
    "october": 104, "november": 213, "december": 227, "january": 216, "february": 160,
    "march": 222, "april": 136, "may": 31, "june": 3,
}  # fmt: skip


def month(name: str, season: str = "2017-18") -> Want:
    return Want(f"{season}/{name}.html", "schedule", {"season": season, "month": name})


def game(game_id: str, season: str = "2017-18") -> Want:
    return Want(f"{season}/{game_id}.html", "x", {"season": season, "game_id": game_id})


def as_page(body: str | bytes) -> Page:
    return Page(SITE, body.encode() if isinstance(body, str) else body)


def html(path: str, title: str, content: str) -> str:
    return (
        f'\n<!DOCTYPE html>\n<html lang="en"><head><title>{title} | Basketball-Reference.com</title>'
        f'<link rel="canonical" href="{SITE}{path}" /></head><body><div id="content">{content}</div>\n'
        "</body>\n<!-- SR -->\n</html>\n\n\n"
    )


def row(
    game_id: str, points=("99", "102"), link: str | None = "Box Score", remarks: str = "", away: str = "BOS"
) -> str:
    box = f'<a href="/boxscores/{game_id}.html">{link}</a>' if link else ""
    return (
        f'<tr><th data-stat="date_game" csk="{game_id}"><a href="/x">a day</a></th>'
        f'<td data-stat="visitor_team_name" csk="{away}.{game_id}">A</td><td data-stat="visitor_pts">{points[0]}</td>'
        f'<td data-stat="home_team_name">Home</td><td data-stat="home_pts">{points[1]}</td>'
        f'<td data-stat="box_score_text">{box}</td><td data-stat="game_remarks">{remarks}</td></tr>'
    )


PLAYOFFS = '<tr class="thead"><th colspan="12">Playoffs</th></tr>'
HEADING = '<tr class="thead"><th data-stat="date_game">Date</th></tr>'


def schedule(*rows: str, path="/leagues/NBA_2018_games.html", title="2017-18 NBA Schedule") -> str:
    head = '<thead><tr><th data-stat="date_game">Date</th></tr></thead>'
    return html(path, title, f'<table id="schedule">{head}<tbody>{"".join(rows)}</tbody></table>')


def scorebox(*scores: str) -> str:
    return (
        '<div class="scorebox">'
        + "".join(f'<div class="scores"><div class="score">{s}</div></div>' for s in scores)
        + "</div>"
    )


def team_table(name: str, players: int = 7, total: str = "102") -> str:
    line = (
        '<tr><th data-stat="player"><a href="/p">A</a></th><td data-stat="mp">48:00</td><td data-stat="pts">0</td></tr>'
    )
    idle = (
        '<tr><th data-stat="player"><a href="/p">B</a></th><td data-stat="reason" colspan="20">Did Not Play</td></tr>'
    )
    lines = f'{line * 5}<tr class="thead"><th>Reserves</th></tr>{line * (players - 5)}{idle}'
    foot = (
        f'<tr><th data-stat="player">Team Totals</th><td data-stat="mp">240</td><td data-stat="pts">{total}</td></tr>'
    )
    return f'<table id="{name}"><tbody>{lines}</tbody><tfoot>{foot}</tfoot></table>'


BOTH = team_table("box-BOS-game-basic") + team_table("box-CLE-game-basic")


def box(content: str = scorebox("99", "102") + BOTH, game_id: str = "201710170CLE") -> str:
    return html(f"/boxscores/{game_id}.html", "Celtics vs Cavaliers, October 17, 2017", content)


def plays(quarters: int = 4, each: int = 60) -> str:
    names = ["1st Q", "2nd Q", "3rd Q", "4th Q"][:quarters]
    one = '<tr><td>11:39.0</td><td></td><td></td><td class="center">0-0</td><td></td><td>misses</td></tr>'
    lines = "".join(
        f'<tr class="thead" id="q{n}"><th colspan="6">{name}</th></tr><tr class="thead"><th>Time</th></tr>{one * each}'
        for n, name in enumerate(names, 1)
    )
    return f'<table id="pbp">{lines}</table>'


def play_by_play(content: str, game_id: str = "201710170CLE") -> str:
    return html(f"/boxscores/pbp/{game_id}.html", "Celtics vs Cavaliers, October 17, 2017", content)


def refused(scraper: Scraper, body: str | bytes, want: Want, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        scraper.check(as_page(body), want)
    assert type(caught.value) is error
    assert caught.value.status == 200
    return caught.value.reason


def items_of(body: str | bytes, want: Want) -> list:
    SCHEDULE.check(as_page(body), want)
    return list(SCHEDULE.discover(as_page(body), want).items)


def test_urls():
    assert SCHEDULE.url_for({"season": "2017-18", "month": "october"}) == f"{SITE}/leagues/NBA_2018_games-october.html"
    assert SCHEDULE.url_for({"season": "1999-00", "month": "may"}) == f"{SITE}/leagues/NBA_2000_games-may.html"
    assert SCHEDULE.url_for({"season": "2019-20", "month": "october-2020"}).endswith(
        "/NBA_2020_games-october-2020.html"
    )
    assert SCHEDULE.url_for({"season": "1948-49", "month": "march"}) == f"{SITE}/leagues/BAA_1949_games-march.html"
    assert SCHEDULE.url_for({"season": "1949-50", "month": "march"}) == f"{SITE}/leagues/NBA_1950_games-march.html"
    assert BOX_SCORE.url_for({"game_id": "201710170CLE"}) == f"{SITE}/boxscores/201710170CLE.html"
    assert PLAY_BY_PLAY.url_for({"game_id": "201710170CLE"}) == f"{SITE}/boxscores/pbp/201710170CLE.html"
    assert SOURCE["hosts"] == ["www.basketball-reference.com"]
    assert all(entry["source"] == SOURCE["name"] for entry in SCRAPERS.values())


def test_a_month_names_its_games():
    body = schedule(row("201710170CLE"), HEADING, PLAYOFFS, row("201710170GSW", ("", ""), None))
    first, second = items_of(body, month("october"))
    assert dict(first.fields) == {
        "game_id": "201710170CLE",
        "date": "2017-10-17",
        "season": "2017-18",
        "home": "CLE",
        "away": "BOS",
    }
    assert (first.state, second.state) == (ItemState.FINAL, ItemState.SCHEDULED)
    assert second.fields["game_id"] == "201710170GSW"


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, ItemState.FINAL),
        ({"remarks": "In-Season Tournament"}, ItemState.FINAL),
        ({"points": ("", "")}, ItemState.SCHEDULED),
        ({"points": ("99", "")}, ItemState.SCHEDULED),
        ({"link": None}, ItemState.SCHEDULED),
        ({"points": ("", ""), "link": None, "remarks": "Postponed"}, ItemState.POSTPONED),
        ({"points": ("", ""), "link": None, "remarks": "Game cancelled"}, ItemState.CANCELLED),
        ({"points": ("", ""), "link": None, "remarks": "Play-In Game"}, ItemState.SCHEDULED),
    ],
)
def test_final_is_a_game_with_scores_and_a_box_score(changed, state):
    (item,) = items_of(schedule(row("201710170CLE", **changed)), month("october"))
    assert item.state is state


def test_the_link_must_be_that_of_the_game():
    body = schedule(row("201710170CLE").replace("/boxscores/201710170CLE.html", "/boxscores/201710180CLE.html"))
    (item,) = items_of(body, month("october"))
    assert item.state is ItemState.SCHEDULED


def test_months_of_a_season_that_had_two_octobers():
    page = {"path": "/leagues/NBA_2020_games.html", "title": "2019-20 NBA Schedule"}
    first, last = schedule(row("201910220TOR"), **page), schedule(row("202010110MIA"), **page)
    assert items_of(first, month("october-2019", "2019-20"))
    assert items_of(last, month("october-2020", "2019-20"))
    assert "october-2020" in refused(SCHEDULE, first, month("october-2020", "2019-20"))
    assert "october-2019" in refused(SCHEDULE, last, month("october-2019", "2019-20"))


def test_the_years_of_the_baa():
    body = schedule(row("194611010TRH", away="NYK"), path="/leagues/BAA_1947_games.html", title="1946-47 BAA Schedule")
    (item,) = items_of(body, month("november", "1946-47"))
    assert item.fields["home"] == "TRH"


def test_the_canonical_link_may_name_the_month():
    assert items_of(schedule(row("201710170CLE"), path="/leagues/NBA_2018_games-october.html"), month("october"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (schedule(row("201711010CHO")), "expected games of october, found 201711010CHO"),
        (schedule(row("201710170CLE"), row("201711010CHO")), "expected games of october"),
        (schedule(row("201810170CLE")), "expected games of 2017-18"),
        (schedule(), "no games"),
        (schedule(HEADING, PLAYOFFS), "no games"),
        (schedule(row("201710170CLE"), path="/leagues/NBA_2019_games.html"), "canonical link"),
        (schedule(row("201710170CLE"), path="/leagues/NBA_2018_games-november.html"), "canonical link"),
        (schedule(row("201710170CLE"), path="/playoffs/NBA_2018.html"), "canonical link"),
        (schedule(row("201710170CLE"), title="2018-19 NBA Schedule"), "title"),
        (schedule(row("201710170CLE")).replace('id="schedule"', 'id="other"'), "table#schedule: not there"),
        (schedule(row("Tue, Oct 17")), "expected the id of a game"),
        (schedule(row("201713990CLE")), "201713990CLE"),
        (schedule(row("201710170CLE")).replace("</html>", ""), "cut short"),
        (schedule(row("201710170CLE")).replace(SITE, "https://evil.test"), "canonical link"),
        ("{}", "canonical link"),
        ("", "canonical link"),
    ],
)
def test_another_or_a_broken_month_is_refused(body, reason):
    assert reason in refused(SCHEDULE, body, month("october"))


def test_tables_in_comments_count():
    table = schedule(row("201710170CLE")).replace("<table", "<!--\n<table").replace("</table>", "</table>\n-->")
    assert len(items_of(table, month("october"))) == 1
    hidden = scorebox("99", "102") + f"<!-- {BOTH} -->"
    BOX_SCORE.check(as_page(box(hidden)), game("201710170CLE"))
    hidden = scorebox("99", "102") + f"<!-- {plays()} -->"
    PLAY_BY_PLAY.check(as_page(play_by_play(hidden)), game("201710170CLE"))


def test_box_scores_of_all_layouts():
    BOX_SCORE.check(as_page(box()), game("201710170CLE"))
    quarters = team_table("box-BOS-q1-basic") + team_table("box-CLE-ot1-basic") + team_table("box-CLE-game-advanced")
    BOX_SCORE.check(as_page(box(scorebox("99", "102") + quarters + BOTH)), game("201710170CLE"))
    old = team_table("box_bos_basic") + team_table("box_bos_advanced") + team_table("box_cle_basic")
    BOX_SCORE.check(as_page(box(scorebox("99", "102") + old)), game("201710170CLE"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (scorebox("99", "102"), "basic tables of 2 teams, found none"),
        (scorebox("99", "102") + team_table("box-CLE-game-basic"), "found ['CLE']"),
        (scorebox("99", "102") + BOTH + team_table("box-NYK-game-basic"), "basic tables of 2 teams"),
        (scorebox("99", "102") + BOTH.replace("CLE", "NYK"), "expected home team CLE"),
        (scorebox("99", "102") + BOTH.replace("Team Totals", "x").replace("tfoot", "tbody"), "no team totals"),
        (scorebox("99", "102") + BOTH.replace('"pts">102', '"pts">'), "no team totals"),
        (scorebox("99", "102") + BOTH.replace('<td data-stat="pts">0</td>', ""), "at least 5 players, found 0"),
    ],
)
def test_half_a_box_score_is_refused(content, reason):
    assert reason in refused(BOX_SCORE, box(content), game("201710170CLE"))


@pytest.mark.parametrize("scores", [(), ("",) * 2, ("99",), ("99", "")])
def test_a_game_without_a_final_score_is_not_yet(scores):
    want = game("201710170CLE")
    refused(BOX_SCORE, box(scorebox(*scores) + BOTH), want, NotYetError)
    refused(PLAY_BY_PLAY, play_by_play(scorebox(*scores) + plays()), want, NotYetError)


def test_play_by_play():
    want = game("201710170CLE")
    PLAY_BY_PLAY.check(as_page(play_by_play(scorebox("99", "102") + plays())), want)
    for content, reason in [
        ("", "no play-by-play recorded"),
        (plays(quarters=3), "expected four quarters, found ['1st Q', '2nd Q', '3rd Q']"),
        (plays(each=20), "at least 100 plays, found 80"),
    ]:
        assert reason in refused(PLAY_BY_PLAY, play_by_play(scorebox("99", "102") + content), want)


def test_another_page_is_refused():
    want = game("201710170CLE")
    assert "canonical" in refused(BOX_SCORE, box(game_id="201710180CLE"), want)
    assert "canonical" in refused(BOX_SCORE, play_by_play(scorebox("99", "102") + plays()), want)
    assert "canonical" in refused(PLAY_BY_PLAY, box(), want)
    assert "cut short" in refused(BOX_SCORE, box().replace("</html>", ""), want)


@pytest.mark.parametrize(("scraper", "want"), [(SCHEDULE, month("october")), (BOX_SCORE, game("201710170CLE"))])
def test_what_stands_in_for_a_page_is_told_by_kind(scraper, want):
    refused(scraper, html("/404.html", "Page Not Found (404 error)", ""), want, NotFoundError)
    refused(scraper, html("/404.html", "Sorry", ""), want, NotFoundError)
    refused(scraper, html("/players/", "List of all the NBA and ABA Players", ""), want, NotFoundError)
    refused(scraper, html("/429.html", "Rate Limited Request (429 error)", ""), want, BlockedError)
    refused(scraper, "<html><head><title>Just a moment...</title></head></html>", want, BlockedError)


@pytest.mark.parametrize("cut", range(1, 16))
def test_no_prefix_is_accepted(cut):
    for scraper, body, want in [
        (SCHEDULE, schedule(row("201710170CLE")), month("october")),
        (BOX_SCORE, box(), game("201710170CLE")),
        (PLAY_BY_PLAY, play_by_play(scorebox("99", "102") + plays()), game("201710170CLE")),
    ]:
        whole = body.rstrip()
        refused(scraper, whole[: len(whole) * cut // 16], want)
        refused(scraper, whole[:-1], want)


KEYS = (
    [(SCHEDULE, month(name), f"schedule_NBA_2018_{name}.html") for name in MONTHS]
    + [(SCHEDULE, month("april", "2018-19"), "schedule_upcoming_NBA_2019_april.html")]
    + [(BOX_SCORE, game(one), f"boxscore_{one}.html") for one in ("200101010MIN", "201701010ATL", "201801010CHI")]
    + [(PLAY_BY_PLAY, game(one), f"pbp_{one}.html") for one in ("199911160ATL", "201810160GSW")]
)


def test_a_captured_season_is_whole(captures):
    states: Counter[ItemState] = Counter()
    games = set()
    for name, count in MONTHS.items():
        items = items_of(captures.body("basketball_reference", f"schedule_NBA_2018_{name}.html"), month(name))
        assert len(items) == count
        states.update(item.state for item in items)
        games.update(item.fields["game_id"] for item in items)
        assert all(len(item.fields["away"]) == 3 for item in items)
    assert states == {ItemState.FINAL: 1312}
    assert len(games) == 1312


def test_captured_upcoming_games_are_not_final(captures):
    body = captures.body("basketball_reference", "schedule_upcoming_NBA_2019_april.html")
    items = items_of(body, month("april", "2018-19"))
    assert Counter(item.state for item in items) == {ItemState.SCHEDULED: 79}
    assert items[0].fields["game_id"] == "201904010BOS"


@pytest.mark.parametrize(("scraper", "want", "file"), KEYS[-5:])
def test_captured_games_are_accepted(captures, scraper, want, file):
    scraper.check(as_page(captures.body("basketball_reference", file)), want)
    assert scraper.discover(as_page(b""), want) is None


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("DERIVED_truncated_boxscore.html", RefusedError),
        ("SYNTHETIC_429_rate_limited.html", BlockedError),
        ("SYNTHETIC_403_cloudflare_challenge.html", BlockedError),
        ("error_404_schedule.html", NotFoundError),
        ("soft404_foobar_gamelog.html", NotFoundError),
        ("pbp_199911160ATL.html", RefusedError),
    ],
)
def test_captured_failures(captures, file, error):
    body = captures.body("basketball_reference", file)
    refused(BOX_SCORE, body, game("200101010MIN"), error)


def test_no_captured_body_passes_for_another_key(captures):
    """Wrong game, wrong month, wrong season, another scraper's page, pages of no scraper at all."""
    tried = 0
    for entry in captures.manifest("basketball_reference"):
        body = as_page(captures.body("basketball_reference", entry["file"]))
        for scraper, want, own in KEYS:
            if entry["file"] != own:
                tried += 1
                with pytest.raises(ScrapeError):
                    scraper.check(body, want)
    assert tried > 500


@pytest.mark.parametrize(("scraper", "want", "file"), KEYS)
def test_no_prefix_of_a_captured_body_is_accepted(captures, scraper, want, file):
    body = captures.body("basketball_reference", file).rstrip()
    scraper.check(as_page(body), want)
    for part in range(1, 16):
        refused(scraper, body[: len(body) * part // 16], want)
    refused(scraper, body[:-1], want)
