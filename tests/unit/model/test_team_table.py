from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict

import pytest
from tests.conftest import Captures

from adce_async.model import season_table, team_table
from adce_async.model.seasons import season_of_end_year
from adce_async.model.teams import NBA_TEAM_IDS, team_of

YEARS = tuple(season_table.NBA)

TEAMS_OF = {
    1947: 11, 1948: 8, 1949: 12, 1950: 17, 1952: 10, 1956: 8, 1962: 9, 1967: 10, 1968: 12, 1969: 14, 1971: 17, 1975: 18,
    1977: 22, 1981: 23, 1989: 25, 1990: 27, 1996: 29, 2003: 29, 2005: 30, 2026: 30,
}  # fmt: skip

"""Teams that played a season, as the league counts them."""


def eras_of(year: int) -> list[team_table.Era]:
    return [era for era in team_table.ERAS if era.first <= year and (era.last is None or year <= era.last)]


@pytest.mark.parametrize("year", YEARS)
def test_each_spelling_of_a_season_means_one_team(year: int) -> None:
    codes = Counter(era.code for era in eras_of(year))
    spellings = Counter(one for era in eras_of(year) for one in {era.code, *era.also})
    assert max(codes.values()) == 1
    assert [code for code, times in spellings.items() if times > 1] == []
    assert not set(spellings) & {code for code, (first, last) in team_table.ABA.items() if first <= year <= last}


@pytest.mark.parametrize(("year", "teams"), TEAMS_OF.items())
def test_as_many_teams_as_played(year: int, teams: int) -> None:
    assert len(eras_of(year)) == teams


def test_the_teams_of_today_are_those_of_the_league() -> None:
    assert {era.code for era in eras_of(2026)} == set(NBA_TEAM_IDS.values())


def test_published_team_seasons_of_basketball_reference(captures: Captures) -> None:
    """Each of its codes since 1946-47 is a team of that season, and no two are the same."""
    body = captures.body("kaggle", "sumitrodatta_Team_Summaries.csv").decode()
    seasons: dict[int, list[str]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(body)):
        if row["abbreviation"] != "NA":
            seasons[int(row["season"])].append(row["abbreviation"])
    assert min(seasons) == 1947
    for year, codes in seasons.items():
        season = season_of_end_year(year)
        teams = [team_of(code, season) for code in codes]
        assert None not in teams, (year, codes, teams)
        assert len(set(teams)) == len(codes)
        expected = {era.code for era in eras_of(year)}
        aba = {code for code, (first, last) in team_table.ABA.items() if first <= year <= last} & set(codes)
        assert set(teams) == expected | aba, year
