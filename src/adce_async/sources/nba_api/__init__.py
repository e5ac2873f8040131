"""The NBA's own statistics: stats.nba.com (all seasons) and cdn.nba.com (the current one, live).

    schedule (a season)  ->  gameId  ->  boxscore...v3, playbyplayv3, ... ?GameID=ID

Both hosts want `Referer: https://www.nba.com/`: without it cdn.nba.com answers 403 since May 2026, and
stats.nba.com keeps silent until the client gives up, as it does for most addresses of clouds. Hence short timeouts and
one request at a time; 0.6 seconds between requests are reported to work, bursts of a hundred to end in silence. An
answer is the same for 2 to 120 minutes (header `x-full-ttl`); there is no ETag.

User-Agent: we say who we are, as everywhere. What is known to be let in is a current browser's name; in 2019 the plain
name of a tool (PostmanRuntime) passed where a browser's did not. Whether ours is let in is not verified: where it is
not, requests time out, and `user_agent` under `sources.nba_api` of scraper_config.yaml changes it. One name is sent,
never several in turn. The `Sec-Ch-*` headers that browsers add are left out, since they would claim to be one.

What a 200 may hide: another game, season or league than the one asked for (V1 and V2 repeat the parameters that the
server understood), the games of yesterday, `{}` of endpoints that died, empty tables, a game under way.
"""

from adce_async.sources.nba_api.boxes import (
    NbaBoxScore,
    NbaBoxScoreSummary,
    NbaBoxScoreTraditional,
    NbaCdnBoxScore,
)
from adce_async.sources.nba_api.declared import SCRAPERS, SOURCE
from adce_async.sources.nba_api.listings import NbaCdnScoreboard, NbaSchedule, NbaScoreboard, NbaScoreboardV2
from adce_async.sources.nba_api.plays import NbaCdnPlayByPlay, NbaPlayByPlay
from adce_async.sources.nba_api.tables import NbaGameLog, NbaGameRotation, NbaShotChart, NbaTable

__all__ = [
    "SCRAPERS",
    "SOURCE",
    "NbaBoxScore",
    "NbaBoxScoreSummary",
    "NbaBoxScoreTraditional",
    "NbaCdnBoxScore",
    "NbaCdnPlayByPlay",
    "NbaCdnScoreboard",
    "NbaGameLog",
    "NbaGameRotation",
    "NbaPlayByPlay",
    "NbaSchedule",
    "NbaScoreboard",
    "NbaScoreboardV2",
    "NbaShotChart",
    "NbaTable",
]
