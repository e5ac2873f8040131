"""nba.com's captured answers: each is judged right, and what it says of games is true."""

from __future__ import annotations

import csv
import re
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

import pytest

from adce_async.config.files.scraper import ScraperEntry
from adce_async.engine.fetching.statuses import error_for
from adce_async.errors import (
    BlockedError,
    NotFoundError,
    NotYetError,
    RefusedError,
    ScrapeError,
    TransientError,
    UnreadableError,
)
from adce_async.model.coverage import ItemState
from adce_async.model.facts import GameFacts
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.nba_api"]).scrapers
MADE: dict[str, Scraper] = {name: make_scraper(name, entry) for name, entry in ENTRIES.items()}
FOLDERS = ("nba_stats", "nba_cdn")

VERDICTS: dict[str, type[ScrapeError] | None] = {
    "scoreboardv2_2026-02-22.json": RefusedError,  # three rows of one game
    "boxscoretraditionalv2_0021600270_range.json": RefusedError,  # 14 seconds of overtime
    "playbyplay_0022500776_to_halftime.json": NotYetError,
    "DERIVED_truncated_playbyplayv2.json": RefusedError,
    "DERIVED_truncated_playbyplay.json": RefusedError,
}
"""What is not accepted."""

WITHOUT_OWNER = {
    "scoreboardv2_gleague_2020-02-25.json",  # another league
    "leaguegamefinder_East.json",  # half a league, all season types
    "SYNTHETIC_error_has_occurred.json",
    "SYNTHETIC_403_akamai_access_denied.html",
    "SYNTHETIC_403_s3_no_such_game.xml",
}
"""Answers to what nobody asks."""

SCORES = {
    "boxscoretraditionalv2_0021600270.json": ("OKC", 126, "WAS", 115),
    "boxscoretraditionalv2_0022400561.json": ("PHI", 119, "NYK", 125),
    "boxscoretraditionalv3_0022400561.json": ("PHI", 119, "NYK", 125),
    "boxscoretraditionalv3_0022500165.json": ("TOR", 128, "MIL", 100),
    "boxscoresummaryv2_0021600270.json": ("OKC", 126, "WAS", 115),
    "boxscoresummaryv2_0021900001.json": ("TOR", 130, "NOP", 122),
    "boxscoresummaryv2_0022300001.json": ("IND", 121, "CLE", 116),
    "boxscoresummaryv3_0022400561.json": ("PHI", 119, "NYK", 125),
    "playbyplayv2_0021600270.json": ("OKC", 126, "WAS", 115),
    "playbyplayv2_0021900001.json": ("TOR", 130, "NOP", 122),
    "playbyplayv3_0022400001.json": ("BOS", 116, "ATL", 117),
    "playbyplayv3_0022400561.json": ("PHI", 119, "NYK", 125),
    "boxscore_0022000001.json": ("BKN", 125, "GSW", 99),
    "boxscore_0022500776_final.json": ("CLE", 138, "WAS", 113),
    "playbyplay_0022000001.json": ("BKN", 125, "GSW", 99),
    "playbyplay_0022500776_final.json": ("CLE", 138, "WAS", 113),
}


def owner(url: str) -> tuple[str, dict[str, str]] | None:
    """The scraper that asks for `url`, and the fields with which it does."""
    found = [(name, fields) for name, entry in ENTRIES.items() if (fields := fields_in(entry, url)) is not None]
    assert len(found) <= 1, found
    return found[0] if found else None


def fields_in(entry: ScraperEntry, url: str) -> dict[str, str] | None:
    parts, template = urlsplit(url.split(" ", maxsplit=1)[0]), urlsplit(str(entry.url))
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template.netloc + template.path))
    match = re.fullmatch(pattern, parts.netloc + parts.path)
    query = dict(parse_qsl(parts.query))
    fields = match.groupdict() if match else {}
    for name, text in entry.params.items():
        value = query.pop(name, "")
        if text.startswith("{") and value:
            fields[text.strip("{}")] = value
        elif text != value:
            return None
    return None if query or not match else fields


def asked(capture: dict) -> tuple[Scraper, Want] | None:
    found = owner(capture["url"])
    if found is None:
        return None
    name, fields = found
    what = {key: capture["what"][key] for key in ("season", "date", "game_id") if key in capture["what"]}
    return MADE[name], Want(capture["file"], name, what | fields)


@pytest.fixture(scope="session")
def files(captures) -> dict[str, tuple[dict, bytes]]:
    """All captures of both hosts, by name."""
    return {
        capture["file"]: (capture, captures.body(folder, capture["file"]))
        for folder in FOLDERS
        for capture in captures.manifest(folder)
    }


def facts_of(files, file: str) -> tuple[GameFacts, ...]:
    capture, body = files[file]
    found = asked(capture)
    assert found is not None
    scraper, want = found
    page = Page(capture["url"], body)
    scraper.check(page, want)
    return scraper.facts(page, want)


def test_each_capture_has_its_owner_and_the_right_verdict(files):
    without = set()
    for file, (capture, body) in files.items():
        if (found := asked(capture)) is None:
            without.add(file)
            continue
        scraper, want = found
        if error := VERDICTS.get(file):
            with pytest.raises(error) as caught:
                scraper.check(Page(capture["url"], body), want)
            assert type(caught.value) in (error, UnreadableError), file
        else:
            scraper.check(Page(capture["url"], body), want)
    assert without == WITHOUT_OWNER
    assert VERDICTS.keys() <= files.keys()


def test_addresses_that_are_made_are_those_of_the_captures(files):
    for capture, _ in files.values():
        if (found := asked(capture)) is None:
            continue
        scraper, want = found
        made = {name: value for name, value in scraper.params_for(want.fields).items() if value}
        parts = urlsplit(capture["url"].split(" ", maxsplit=1)[0])
        assert scraper.url_for(want.fields) == f"https://{parts.netloc}{parts.path}"
        assert made == dict(parse_qsl(parts.query))


def test_no_capture_passes_for_anything_else(files):
    """Wrong game, season, team, player, day, endpoint, shape."""
    tried = 0
    for file, (capture, body) in files.items():
        page = Page(capture["url"], body)
        for other, (another, _) in files.items():
            found = asked(another)
            if found is None or another["what"] == capture["what"] or same(capture, another):
                continue
            tried += 1
            with pytest.raises(ScrapeError):
                found[0].check(page, found[1])
                pytest.fail(f"{file} passed for {other}")
    assert tried > 1500


def same(one: dict, other: dict) -> bool:
    """Two answers to the same question, or of the same game in a shape that its scraper accepts, too."""
    game = one["what"].get("game_id")
    kinds = [{"boxscoretraditionalv2", "boxscoretraditionalv3"}, {"boxscoresummaryv2", "boxscoresummaryv3"}]
    both = {one["what"].get("type"), other["what"].get("type")}
    same_game = game is not None and game == other["what"].get("game_id") and any(both <= kind for kind in kinds)
    return one["url"] == other["url"] or same_game


@pytest.mark.parametrize("file", SCORES)
def test_the_facts_of_a_game_are_true(files, file):
    (facts,) = facts_of(files, file)
    home, points, away, other = SCORES[file]
    assert (facts.home.team, facts.away.team, facts.final) == (home, away, True)
    assert facts.game_id in file
    for team, score in ((facts.home, points), (facts.away, other)):
        said = [team.points, team.player_points, team.last_play, sum(team.periods) or None]
        assert {one for one in said if one is not None} == {score}
    if "boxscore" in file and "summary" not in file:
        assert facts.home.player_points is not None
    if "summary" in file or file.startswith("boxscore_"):
        assert len(facts.home.periods) >= 4
        assert facts.date


def test_the_scores_of_a_day(files):
    facts = facts_of(files, "scoreboardv3_2025-11-05.json")
    assert [game.home.points for game in facts] == [132, 114, 103, 136, 137, 109, 99, 122, 118, 121, 121]
    today = facts_of(files, "todaysScoreboard_2026-01-07_OT.json")
    assert len(today) == 12
    assert Counter(len(game.home.periods) for game in today) == {4: 10, 5: 2}
    for game in (*facts, *today):
        assert all(sum(side.periods) == side.points for side in (game.home, game.away))
    (final,) = facts_of(files, "todaysScoreboard_2023-04-20_live_playoffs.json")
    assert (final.game_id, final.home.points, final.away.points) == ("0042200123", 97, 102)


@pytest.mark.parametrize(
    ("file", "games", "said"),
    [
        ("leaguegamelog_2018-19_regular_T.json", 1230, 1230),
        ("leaguegamelog_2025-26_partial_T.json", 844, 844),  # five on neutral ground
        ("leaguegamefinder_2023-24_regular_T.json", 1230, 1230),
    ],
)
def test_the_games_of_a_log(files, file, games, said):
    capture, body = files[file]
    scraper, want = asked(capture) or pytest.fail(file)
    found = scraper.discover(Page("", body), want)
    assert found is not None
    assert (len(found.items), len({item.fields["game_id"] for item in found.items})) == (games, games)
    assert {item.state for item in found.items} == {ItemState.FINAL}
    facts = facts_of(files, file)
    assert len(facts) == said
    assert all((game.home.points or 0) > 50 and (game.away.points or 0) > 50 for game in facts)


def test_logs_agree_with_the_crosswalk(files, captures):
    rows = csv.DictReader(captures.body("schedules", "crosswalk_2023-24.csv").decode().splitlines())
    known = {row["nba_game_id"]: row for row in rows if row["nba_game_id"]}
    facts = facts_of(files, "leaguegamefinder_2023-24_regular_T.json")
    assert {game.game_id for game in facts} == known.keys()
    for game in facts:
        row = known[game.game_id]
        assert (game.home.team, game.away.team, game.date) == (
            row["home_tricode"],
            row["away_tricode"],
            row["game_date_et"],
        )
        assert (str(game.home.points), str(game.away.points)) == (row["home_score"], row["away_score"])


def test_a_provisional_schedule(files):
    capture, body = files["scheduleLeagueV2_2023-24_asof_2023-09-16.json"]
    scraper, want = asked(capture) or pytest.fail("no owner")
    found = scraper.discover(Page("", body), want)
    assert found is not None
    assert Counter(item.fields["season_type"] for item in found.items) == {
        "regular": 1206, "preseason": 73, "cup_final": 1,
    }  # fmt: skip
    assert {item.state for item in found.items} == {ItemState.SCHEDULED}
    assert not found.settled
    drawn = [item for item in found.items if "home" in item.fields]
    assert len(found.items) - len(drawn) == 7  # the cup before its draw
    with pytest.raises(RefusedError, match="seasonYear"):
        scraper.check(Page("", body), Want("k", "x", {"season": "2024-25"}))


def test_yesterdays_scoreboard(files):
    capture, body = files["todaysScoreboard_2026-01-07_OT.json"]
    with pytest.raises(NotYetError):
        MADE["nba_api_cdn_scoreboard"].check(Page("", body), Want("k", "x", {"date": "2026-01-08"}))
    capture, body = files["todaysScoreboard_2023-04-20_live_playoffs.json"]
    scraper, want = asked(capture) or pytest.fail("no owner")
    found = scraper.discover(Page("", body), want)
    assert found is not None
    assert Counter(item.state for item in found.items) == {ItemState.LIVE: 2, ItemState.FINAL: 1}


def test_other_leagues_and_other_filters_are_refused(files):
    _, league = files["scoreboardv2_gleague_2020-02-25.json"]
    with pytest.raises(RefusedError, match="LeagueID"):
        MADE["nba_api_scoreboard_v2"].check(Page("", league), Want("k", "x", {"date": "2020-02-25"}))
    _, east = files["leaguegamefinder_East.json"]
    for fields in ({"season": "2023-24"}, {"season": "2023-24", "season_type": "regular"}):
        with pytest.raises(RefusedError, match=r"Conference|SeasonType"):
            MADE["nba_api_game_finder"].check(Page("", east), Want("k", "x", fields))


@pytest.mark.parametrize("scraper", MADE.values(), ids=MADE)
def test_failures_are_told_by_kind(files, scraper):
    fields = {
        "season": "2025-26", "season_type": "regular", "stat_type": "base", "date": "2026-01-07", "team_id": "7",
        "game_id": "0022500776", "player_id": "7",
    }  # fmt: skip
    want = Want("k", "x", fields)
    _, trouble = files["SYNTHETIC_error_has_occurred.json"]
    declarative = scraper.name == "nba_api_cup_standings"
    with pytest.raises(RefusedError if declarative else TransientError):
        scraper.check(Page("", trouble), want)
    _, blocked = files["SYNTHETIC_403_akamai_access_denied.html"]
    with pytest.raises(BlockedError):
        scraper.check(Page("", blocked), want)
    assert isinstance(error_for(403, {}, blocked, "cdn.nba.com", 0.0), BlockedError)
    _, missing = files["SYNTHETIC_403_s3_no_such_game.xml"]
    with pytest.raises(RefusedError if declarative else NotFoundError):
        scraper.check(Page("", missing), want)
    assert isinstance(error_for(403, {}, missing, "cdn.nba.com", 0.0), NotFoundError)


def test_no_prefix_of_a_capture_is_accepted(files):
    for file, (capture, body) in files.items():
        found = asked(capture)
        if found is None or file in VERDICTS:
            continue
        whole = body.rstrip()
        for part in (1, 7, 15):
            with pytest.raises(RefusedError):
                found[0].check(Page("", whole[: len(whole) * part // 16]), found[1])
        with pytest.raises(RefusedError):
            found[0].check(Page("", whole[:-1]), found[1])


def test_tables_name_teams_and_players(files):
    for file, count in (
        ("leaguestandingsv3_2025-26.json", 30),
        ("playerindex_2025-26.json", 557),
        ("commonallplayers_2025-26.json", 5111),
    ):
        capture, body = files[file]
        scraper, want = asked(capture) or pytest.fail(file)
        found = scraper.discover(Page("", body), want)
        assert found is not None
        assert len(found.items) == count
