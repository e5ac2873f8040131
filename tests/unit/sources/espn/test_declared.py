"""ESPN: what it declares is read by the registry, asks where its captures came from, and covers its inventory."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.unit.sources.declared_types import declared, example

from adce_async.scraping.registry import load_builtins, make_scraper

BUILTINS = load_builtins(["adce_async.sources.espn"])
NAMES = [name for name, entry in BUILTINS.scrapers.items() if entry.source == "espn"]
FIELDS = {"game_id": "401", "date": "2024-12-15", "season": "2024-25", "season_type": "2", "team_id": "13"} | {
    "days": "202412",
    "franchise_id": "13",
    "venue_id": "1",
    "position_id": "1",
    "player_id": "1966",
    "coach_id": "3343",
}


def asked(name: str, **fields: str) -> str:
    scraper = make_scraper(name, BUILTINS.scrapers[name])
    params = {key: value for key, value in scraper.params_for(fields).items() if value}
    return scraper.url_for(fields) + (f"?{urlencode(params)}" if params else "")


@pytest.mark.parametrize("name", NAMES)
def test_every_scraper_asks_a_host_of_its_source(name):
    url = asked(name, **FIELDS)
    assert urlsplit(url).hostname in BUILTINS.sources["espn"].hosts
    assert "{" not in url
    entry = BUILTINS.scrapers[name]
    assert entry.evidence in ("captured", "documented")
    assert entry.description
    assert entry.retired == ""


def test_no_two_ask_for_the_same():
    urls = [asked(name, **FIELDS) for name in NAMES]
    assert len(set(urls)) == len(urls) >= 12


@pytest.mark.parametrize(
    ("name", "fields", "url"),
    [
        ("espn_calendar", {"season": "2024-25"}, "/seasons/2025/types/2/calendar/ondays"),
        ("espn_season_standings", {"season": "1999-00"}, "/standings?season=2000"),
        ("espn_team_season_schedule", FIELDS, "/teams/13/schedule?season=2025&seasontype=2"),
        ("espn_cdn_box_score", FIELDS, "/core/nba/boxscore?xhr=1&gameId=401"),
        ("espn_core_odds", FIELDS, "/events/401/competitions/401/odds?limit=1000"),
    ],
)
def test_a_season_is_called_by_its_end_year(name, fields, url):
    assert asked(name, **fields).endswith(url)


OWNERS = {
    "scoreboard": ("espn_scoreboard", lambda what: {"date": what["date"]}),
    "summary": ("espn_summary", lambda what: {"game_id": what["game_id"]}),
    "team_schedule": ("espn_team_schedule", lambda what: {"team_id": what["team"]}),
    "standings": ("espn_standings", lambda what: {}),
    "teams": ("espn_teams", lambda what: {}),
    "core_events": ("espn_core_events", lambda what: {"date": what["date"]}),
}


def test_captures_came_from_where_their_scrapers_ask(captures):
    matched = 0
    for entry in captures.manifest("espn"):
        kind, what = entry["what"]["type"], entry["what"]
        if kind not in OWNERS or entry["file"].startswith(("DERIVED", "SYNTHETIC")):
            continue
        name, fields_of = OWNERS[kind]
        fields = fields_of(what)
        mine, theirs = urlsplit(asked(name, **fields)), urlsplit(entry["url"])
        if kind == "team_schedule":  # the two were asked for by abbreviation and by id
            fields = {"team_id": theirs.path.split("/")[-2]}
            mine = urlsplit(asked(name, **fields))
        assert (mine.hostname, mine.path) == (theirs.hostname, theirs.path)
        ours = dict(parse_qsl(mine.query))
        ours.pop("limit", None)
        if kind != "scoreboard" or theirs.query:  # today's was asked for without its date
            assert ours == dict(parse_qsl(theirs.query))
        matched += 1
    assert matched >= 10


def test_the_inventory_can_be_asked_for():
    types = declared("espn")
    assert len(types) >= 14
    assert {one.scraper for one in types.values()} <= set(NAMES)
    for data_type in types.values():
        asked(data_type.scraper, **example(data_type))


def test_the_keys_of_the_existing_lake_are_kept():
    fields = {"game_id": "401705066", "date_compact": "20241215"}
    keys = {name: one.pattern.format(fields) for name, one in declared("espn").items() if name in OLD_KEYS}
    assert keys == OLD_KEYS


OLD_KEYS = {
    "schedule": "espn_schedules/20241215.json",
    "box_score": "espn_box_scores/401705066.json",
    "play_by_play": "espn_play_by_play/401705066.json",
    "team_stats": "espn_team_stats/401705066.json",
}
