"""Basketball-Reference: schedules, games, seasons, players and teams of NBA, BAA and ABA, as HTML pages.

    leagues/NBA_2018_games-october.html  ->  csk of `date_game` = 201710170CLE  ->  boxscores/201710170CLE.html
    leagues/NBA_2018_totals.html  ->  data-append-csv = jamesle01  ->  players/j/jamesle01.html
    leagues/NBA_2018.html  ->  /teams/CLE/2018.html  ->  teams/CLE/2018.html, teams/CLE/2018_games.html

Published limits: 20 requests a minute, else a ban of up to a day for the address; robots.txt asks for 3 s between
requests and forbids game logs, splits and lineups, but not `/boxscores/` and `/leagues/`. The terms forbid building
a competing database; credit Sports Reference. A plain, identifying User-Agent is served.

The id of a game is the Eastern date, `0` and the home team. Seasons are called by the year in which they end, the
league is the BAA up to 1948-49. An absent column and an empty cell both mean "not recorded", never 0.
"""

from adce_async.sources.basketball_reference.days import BasketballReferenceDailyLeaders, BasketballReferenceDayIndex
from adce_async.sources.basketball_reference.entries import SCRAPERS, SOURCE
from adce_async.sources.basketball_reference.games import (
    BasketballReferenceBoxScore,
    BasketballReferencePlayByPlay,
    BasketballReferencePlusMinus,
    BasketballReferenceShotChart,
)
from adce_async.sources.basketball_reference.profiles import (
    BasketballReferenceFranchise,
    BasketballReferenceGameLog,
    BasketballReferencePlayer,
    BasketballReferenceTeam,
)
from adce_async.sources.basketball_reference.schedules import (
    BasketballReferencePlayoffsGames,
    BasketballReferenceSchedule,
    BasketballReferenceTeamSchedule,
)
from adce_async.sources.basketball_reference.seasons import (
    BasketballReferencePlayers,
    BasketballReferenceSeason,
    BasketballReferenceTeams,
)

__all__ = [
    "SCRAPERS",
    "SOURCE",
    "BasketballReferenceBoxScore",
    "BasketballReferenceDailyLeaders",
    "BasketballReferenceDayIndex",
    "BasketballReferenceFranchise",
    "BasketballReferenceGameLog",
    "BasketballReferencePlayByPlay",
    "BasketballReferencePlayer",
    "BasketballReferencePlayers",
    "BasketballReferencePlayoffsGames",
    "BasketballReferencePlusMinus",
    "BasketballReferenceSchedule",
    "BasketballReferenceSeason",
    "BasketballReferenceShotChart",
    "BasketballReferenceTeam",
    "BasketballReferenceTeamSchedule",
    "BasketballReferenceTeams",
]
