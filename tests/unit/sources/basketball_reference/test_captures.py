"""Basketball-Reference's captured pages: each is accepted as what it is, and as nothing else."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.unit.sources.basketball_reference.bodies import BUILTINS, SCRAPERS, as_page, items_of, refused

from adce_async.errors import BlockedError, NotFoundError, RefusedError, ScrapeError
from adce_async.model.coverage import ItemState
from adce_async.model.season_games import regular_season_games
from adce_async.planning.verify import broken
from adce_async.scraping.base import Want

ENTRIES = {name: BUILTINS.scrapers[f"basketball_reference_{name}"] for name in SCRAPERS}


def asked(name: str, fields: dict[str, str]) -> str:
    params = SCRAPERS[name].params_for(fields)
    return SCRAPERS[name].url_for(fields) + (f"?{urlencode(params)}" if params else "")


def fields_of(what: dict, url: str) -> dict[str, str]:
    """The fields of the key of a captured page, from its address."""
    parts = urlsplit(url).path.strip("/").removesuffix(".html").split("/")
    query = dict(parse_qsl(urlsplit(url).query))
    if query:
        return {"date": "{year}-{month:0>2}-{day:0>2}".format_map(query)}
    if parts[0] == "boxscores":
        return {"game_id": parts[-1]}
    found: dict[str, str] = {}
    if parts[0] == "players":
        found["player_slug"] = parts[2]
    if parts[0] == "teams":
        found["team"] = parts[1]
    years = [piece for part in parts[1:] for piece in part.split("_") if piece.isdecimal() and len(piece) == 4]
    if years:
        found["season"] = f"{int(years[-1]) - 1}-{years[-1][2:]}"
    if "month" in what:
        found["month"] = what["month"]
    elif "-april" in url:
        found["month"] = "april"
    return found


OWNERS = {
    "schedule_month": "schedule", "boxscore": "box_score", "pbp": "play_by_play", "boxscores_index": "day_index",
    "dailyleaders": "daily_leaders", "season_totals": "season_totals", "season_per_game": "season_per_game",
    "season_advanced": "season_advanced", "season_summary_standings": "season_summary", "playoffs": "playoffs",
    "player_page": "player", "player_gamelog": "player_game_log", "team_page": "team",
    "team_schedule": "team_schedule",
}  # fmt: skip


def good(captures) -> list[tuple[str, str, dict[str, str], bytes, str]]:
    """(scraper, file, fields, body, url) of every captured page that is what was asked for."""
    return [
        (
            OWNERS[entry["what"]["type"]],
            entry["file"],
            fields_of(entry["what"], entry["url"]),
            captures.body("basketball_reference", entry["file"]),
            entry["url"],
        )
        for entry in captures.manifest("basketball_reference")
        if entry["what"]["type"] in OWNERS
    ]


def test_captures_are_accepted_and_came_from_where_their_scrapers_ask(captures):
    pages = good(captures)
    assert len(pages) == 32
    for name, file, fields, body, url in pages:
        SCRAPERS[name].check(as_page(body), Want(file, name, fields))
        assert asked(name, fields) == url
        assert ENTRIES[name].evidence == "captured"
    assert {name for name, *_ in pages} == {name for name, one in ENTRIES.items() if one.evidence == "captured"}


def test_captured_games_are_consistent(captures):
    """Sums over quarters and players, last plays: nothing that a page says of a game contradicts it."""
    said: dict[str, set[tuple]] = {}
    count: Counter[str] = Counter()
    for name, file, fields, body, _ in good(captures):
        for game in SCRAPERS[name].facts(as_page(body), Want(file, name, fields)):
            assert broken(game) == ()
            count[name] += 1
            score = (game.home.team, game.home.points, game.away.team, game.away.points, game.date)
            said.setdefault(game.game_id, set()).add(score)
    assert count == {"schedule": 1312, "box_score": 3, "play_by_play": 2, "day_index": 9, "team_schedule": 99}
    assert all(len(scores) == 1 for scores in said.values())
    assert said["201801010CHI"] == {("CHI", 120, "POR", 124, "2018-01-01")}
    assert said["201706120GSW"] == {("GSW", 129, "CLE", 120, "2017-06-12")}
    assert said["199911160ATL"] == {("ATL", 103, "CHH", 98, "1999-11-16")}


@pytest.mark.parametrize(
    ("file", "home", "away"),
    [
        ("boxscore_201801010CHI.html", ("CHI", 120, (23, 30, 34, 25, 8)), ("POR", 124, (31, 21, 31, 29, 12))),
        ("boxscore_201701010ATL.html", ("ATL", 114, (25, 19, 25, 31, 14)), ("SAS", 112, (27, 19, 28, 26, 12))),
        ("boxscore_200101010MIN.html", ("MIN", 106, (25, 23, 34, 24)), ("HOU", 96, (29, 16, 30, 21))),
    ],
)
def test_captured_box_scores(captures, file, home, away):
    asked_for = Want("k", "box_score", {"game_id": file[9:21]})
    (facts,) = SCRAPERS["box_score"].facts(as_page(captures.body("basketball_reference", file)), asked_for)
    for side, expected in ((facts.home, home), (facts.away, away)):
        assert (side.team, side.points, side.periods) == expected
        assert side.player_points == side.points


def test_captured_plays_reach_the_final_score(captures):
    for game_id, home, away in (("201810160GSW", 108, 100), ("199911160ATL", 103, 98)):
        body = captures.body("basketball_reference", f"pbp_{game_id}.html")
        (facts,) = SCRAPERS["play_by_play"].facts(as_page(body), Want("k", "play_by_play", {"game_id": game_id}))
        assert (facts.home.points, facts.home.last_play) == (home, home)
        assert (facts.away.points, facts.away.last_play) == (away, away)


def test_a_captured_season_is_whole(captures):
    states: Counter[ItemState] = Counter()
    kinds: Counter[str] = Counter()
    games = set()
    for name, file, fields, body, _ in good(captures):
        if name == "schedule" and fields["season"] == "2017-18":
            for item in items_of(SCRAPERS[name], body, Want(file, name, fields)):
                states[item.state] += 1
                kinds[item.fields["season_type"]] += 1
                games.add(item.fields["game_id"])
                assert len(item.fields["away"]) == 3
    assert states == {ItemState.FINAL: 1312}
    assert len(games) == 1312
    assert kinds == {"regular": regular_season_games("2017-18"), "playoffs": 82}


def test_captured_upcoming_games_are_not_final(captures):
    body = captures.body("basketball_reference", "schedule_upcoming_NBA_2019_april.html")
    asked_for = Want("k", "schedule", {"season": "2018-19", "month": "april"})
    items = items_of(SCRAPERS["schedule"], body, asked_for)
    assert Counter(item.state for item in items) == {ItemState.SCHEDULED: 79}
    assert (items[0].fields["game_id"], items[0].fields["away"]) == ("201904010BOS", "MIA")
    assert SCRAPERS["schedule"].facts(as_page(body), asked_for) == ()


@pytest.mark.parametrize(
    ("file", "name", "season", "count", "first"),
    [
        ("totals_NBA_2001.html", "season_totals", "2000-01", 441, "stackje01"),
        ("totals_NBA_2019.html", "season_totals", "2018-19", 530, "hardeja01"),
        ("per_game_NBA_1955.html", "season_per_game", "1954-55", 105, "johnsne01"),
        ("season_NBA_1980.html", "season_summary", "1979-80", 22, "BOS"),
        ("season_NBA_2005.html", "season_summary", "2004-05", 30, "BOS"),
        ("season_NBA_2020.html", "season_summary", "2019-20", 30, "MIL"),
    ],
)
def test_captured_seasons_name_players_or_teams(captures, file, name, season, count, first):
    body = captures.body("basketball_reference", file)
    items = items_of(SCRAPERS[name], body, Want("k", name, {"season": season}))
    named = [found for item in items if (found := item.fields.get("player_slug") or item.fields.get("team"))]
    assert (len(named), len(set(named)), named[0]) == (count, count, first)
    late = [field for item in items for field in ("playoffs", "decided") if item.fields.get(field) == "NBA"]
    assert late == (["playoffs", "decided"] if name == "season_summary" else [])


@pytest.mark.parametrize("name", ["box_score", "player", "season_totals", "day_index"])
@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("DERIVED_truncated_boxscore.html", RefusedError),
        ("SYNTHETIC_429_rate_limited.html", BlockedError),
        ("SYNTHETIC_403_cloudflare_challenge.html", BlockedError),
        ("error_404_schedule.html", NotFoundError),
        ("soft404_foobar_gamelog.html", NotFoundError),
    ],
)
def test_captured_failures(captures, name, file, error):
    fields = {"game_id": "200101010MIN", "season": "2000-01", "player_slug": "foobar", "date": "2001-01-01"}
    body = captures.body("basketball_reference", file)
    reason = refused(SCRAPERS[name], body, Want("k", name, fields), error)
    if name == "box_score" and error is RefusedError:
        assert "cut short" in reason


def test_no_captured_body_passes_for_another_key(captures):
    """Wrong game, day, month or season, another scraper's page, pages of no scraper at all."""
    pages = good(captures)
    tried = 0
    for entry in captures.manifest("basketball_reference"):
        page = as_page(captures.body("basketball_reference", entry["file"]))
        for name, file, fields, _, _ in pages:
            if entry["file"] != file:
                tried += 1
                with pytest.raises(ScrapeError):
                    SCRAPERS[name].check(page, Want(file, name, fields))
    assert tried > 1000


def test_no_prefix_of_a_captured_body_is_accepted(captures):
    seen: set[str] = set()
    for name, file, fields, body, _ in good(captures):
        if name not in seen:
            seen.add(name)
            whole, asked_for = body.rstrip(), Want(file, name, fields)
            SCRAPERS[name].check(as_page(whole), asked_for)
            for part in range(1, 12, 2):
                refused(SCRAPERS[name], whole[: len(whole) * part // 12], asked_for)
            refused(SCRAPERS[name], whole[:-1], asked_for)
    assert len(seen) == len(OWNERS)
