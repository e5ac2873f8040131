"""ESPN: listings, box scores, plays, standings, rosters and odds, from the JSON APIs behind its own pages."""

from adce_async.sources.espn.core import (
    EspnCalendar,
    EspnCoreCollection,
    EspnCoreEvents,
    EspnCoreGamePart,
    EspnCorePages,
    EspnCoreStatus,
    EspnCoreThing,
)
from adce_async.sources.espn.declared import SCRAPERS, SOURCE
from adce_async.sources.espn.scoreboard import EspnCdnScoreboard, EspnScoreboard, EspnScoreboardSpan
from adce_async.sources.espn.site import (
    EspnInjuries,
    EspnNews,
    EspnRoster,
    EspnStandings,
    EspnTeam,
    EspnTeams,
    EspnTransactions,
)
from adce_async.sources.espn.summary import EspnCdnGame, EspnSummary
from adce_async.sources.espn.team_schedule import EspnTeamSchedule

__all__ = [
    "SCRAPERS",
    "SOURCE",
    "EspnCalendar",
    "EspnCdnGame",
    "EspnCdnScoreboard",
    "EspnCoreCollection",
    "EspnCoreEvents",
    "EspnCoreGamePart",
    "EspnCorePages",
    "EspnCoreStatus",
    "EspnCoreThing",
    "EspnInjuries",
    "EspnNews",
    "EspnRoster",
    "EspnScoreboard",
    "EspnScoreboardSpan",
    "EspnStandings",
    "EspnSummary",
    "EspnTeam",
    "EspnTeamSchedule",
    "EspnTeams",
    "EspnTransactions",
]
