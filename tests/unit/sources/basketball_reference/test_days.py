"""Basketball-Reference: the index of a day, and the lines of its players."""

from __future__ import annotations

import pytest
from tests.unit.sources.basketball_reference.bodies import (
    SCRAPERS,
    as_page,
    html,
    items_of,
    linked,
    players,
    refused,
    want,
)

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.coverage import ItemState
from adce_async.model.days import end_of_eastern_day
from adce_async.sources.basketball_reference.pages import day_of, day_of_game

INDEX = SCRAPERS["day_index"]
LEADERS = SCRAPERS["daily_leaders"]
DAY = want("day_index", season="2017-18", date="2018-01-01")


def summary(game_id: str | None = "201801010CHI", points=("124", "120"), periods=((31, 93), (23, 97)), year="2018"):
    teams = ("POR", game_id[9:] if game_id else "CHI")
    link = f'<a href="/boxscores/{game_id}.html">Final</a>' if game_id else "8:00 pm"
    rows = "".join(
        f'<tr><td><a href="/teams/{team}/{year}.html">A</a></td><td class="right">{one}</td>'
        f'<td class="right gamelink">{link if team == "POR" else "&nbsp;"}</td></tr>'
        for team, one in zip(teams, points, strict=True)
    )
    lines = "".join(
        f'<tr><td><a href="/teams/{team}/{year}.html">A</a></td>'
        + "".join(f'<td class="center">{one}</td>' for one in of_team)
        + "</tr>"
        for team, of_team in zip(teams, periods, strict=True)
    )
    best = (
        '<tr><td>PTS</td><td><a href="/players/m/mccolcj01.html">C. McCollum</a>-POR</td><td class="right">32</td></tr>'
    )
    return (
        f'<div class="game_summary expanded nohover"><table class="teams"><tbody>{rows}</tbody></table>'
        f"<table><thead><tr><th></th><th>1</th></tr></thead><tbody>{lines}</tbody></table>"
        f'<table class="stats"><tbody>{best}</tbody></table></div>'
    )


def index(*summaries: str, day: str = "January 1, 2018", path: str = "/boxscores/") -> str:
    games = f'<div class="game_summaries">{"".join(summaries)}</div>' if summaries else ""
    standings = (
        '<table id="confs_standings_E"><tbody><tr><td><a href="/teams/BOS/2018.html">B</a></td></tr></tbody></table>'
    )
    return html(path, f"NBA Games Played on {day}", games + standings)


def test_urls():
    assert INDEX.url_for(DAY.fields) == "https://www.basketball-reference.com/boxscores/"
    assert INDEX.params_for(DAY.fields) == {"month": "1", "day": "1", "year": "2018"}
    assert LEADERS.url_for(DAY.fields).endswith("/friv/dailyleaders.fcgi")
    assert LEADERS.params_for(DAY.fields) == {"month": "1", "day": "1", "year": "2018"}


def test_a_day_names_its_games():
    first, second = items_of(INDEX, index(summary(), summary("201801010BRK", ("", ""))), DAY)
    assert dict(first.fields) == {
        "game_id": "201801010CHI",
        "date": "2018-01-01",
        "season": "2017-18",
        "home": "CHI",
        "away": "POR",
    }
    assert (first.state, second.state) == (ItemState.FINAL, ItemState.SCHEDULED)


def test_facts_of_a_day_are_its_final_games():
    body = index(summary("201801010BRK"), summary("201801010MIN", ("", "")), summary(periods=((31, ""), ())))
    first, last = INDEX.facts(as_page(body), DAY)
    assert (first.home.team, first.home.points, first.home.periods) == ("BKN", 120, (23, 97))
    assert (first.away.team, first.away.points, first.away.periods) == ("POR", 124, (31, 93))
    assert (first.game_id, first.date, first.final) == ("201801010BRK", "2018-01-01", True)
    assert (last.home.periods, last.away.periods) == ((), ())


def test_a_future_game_has_its_id_already():
    (item,) = items_of(INDEX, index(summary(None, ("", ""))), DAY)
    assert (item.fields["game_id"], item.state, item.scored) == ("201801010CHI", ItemState.SCHEDULED, False)


def test_a_game_with_scores_and_without_a_box_score_may_have_been_played():
    (item,) = items_of(INDEX, index(summary(None)), DAY)
    assert (item.state, item.scored) == (ItemState.SCHEDULED, True)


def test_a_day_without_games_is_an_answer():
    assert items_of(INDEX, index(), DAY) == []
    assert INDEX.facts(as_page(index()), DAY) == ()


def test_the_season_of_a_day_without_one():
    (item,) = items_of(INDEX, index(summary("202010110MIA"), day="October 11, 2020"), want("x", date="2020-10-11"))
    assert item.fields["season"] == "2019-20"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (index(summary(), day="January 2, 2018"), "title: expected 2018-01-01"),
        (index(day="January 1, 2017"), "title: expected 2018-01-01"),
        (index(summary(), day="today"), "title: expected 2018-01-01"),
        (index(summary(), day="February 31, 2018"), "title: expected 2018-01-01"),
        (index(summary("201801020CHI")), "expected games of 2018-01-01, found '201801020CHI'"),
        (index(summary(), path="/boxscores/201801010CHI.html"), "canonical link"),
        (index(summary()).replace("</html>", ""), "cut short"),
    ],
)
def test_another_day_is_refused(body, reason):
    assert reason in refused(INDEX, body, DAY)


def test_what_is_listed_beside_the_day_is_left_out():
    extra = '<div class="game_summary"><table class="teams"><tbody><tr><td>no link</td></tr></tbody></table></div>'
    found = items_of(INDEX, index(summary(), summary("201712310CHI"), extra), DAY)
    assert [item.fields["game_id"] for item in found] == ["201801010CHI"]


def leaders(*links: str, day: str = "January 1, 2018", path: str = "/friv/dailyleaders.fcgi") -> str:
    return html(path, f"NBA Daily Stats Leaders for {day}", linked("stats", *links, stat="player"))


def test_daily_leaders():
    asked = want("daily_leaders", date="2018-01-01")
    LEADERS.check(as_page(leaders(*players())), asked)
    LEADERS.check(as_page(leaders(*players(), path="/friv/dailyleaders.cgi")), asked)
    assert LEADERS.discover(as_page(leaders(*players())), asked) is None
    for body, reason in [
        (leaders(*players(), day="June 10, 2026"), "title"),
        (leaders(*players(), path="/boxscores/"), "canonical"),
        (leaders(), "no players in it"),
        (leaders(*players()).replace('id="stats"', 'id="other"'), "no players in it"),
        (leaders(*players()).rstrip()[:-1], "cut short"),
    ]:
        assert reason in refused(LEADERS, body, asked)
    early = as_page(leaders(), end_of_eastern_day(day_of_game("201801010CHI")))
    refused(LEADERS, early, asked, NotYetError)


def test_days_of_headings():
    assert str(day_of("Warriors vs Knicks, March 2, 1962")) == "1962-03-02"
    assert day_of("Page 12, 2018") is None
    with pytest.raises(RefusedError):
        day_of_game("201713990CLE")
