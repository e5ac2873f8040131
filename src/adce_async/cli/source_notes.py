"""What docs/sources.md says beside the registry: addresses that nobody asks, and what bodies can't tell."""

from __future__ import annotations

NOT_ASKED: dict[str, dict[str, str]] = {
    "basketball_reference": {
        "`/teams/`, `/players/{letter}/`": "lists of links; teams and players are named by the pages of the seasons",
        "`/playoffs/{league}_{year}_leaders.html`, `..._totals.html` and its other tables": (
            "newer tables of a season hold them as `*_post`"
        ),
        "`*/gamelog/`, `*/splits/`, `*/on-off/`, `*/lineups/`, `*/shooting/`": "robots.txt disallows them",
    },
    "espn": {
        "`/apis/site/v2/.../standings`": "a stub with a link; the tables are at `/apis/v2/`",
        "`core/nba/schedule?xhr=1`": "a week of listings, which the scoreboard has day by day",
        "`.../athletes/{id}/statisticslog` and what else is below a player": "derived from box scores",
    },
    "hoopr": {
        "`*.rds`": "the same tables in R's own format, which can't be checked here",
    },
    "kaggle": {
        "`datasets/list`, `datasets/status`": "a search, and the state of an upload: nothing that a lake keeps",
        "`datasets/list/{owner}/{slug}`": "the files of a data set are in its metadata",
    },
    "nba_api": {
        "`boxscore*v2` but for the traditional one and the summary, `leaguestandings`": (
            "superseded; the V3 endpoints have every game, `leaguestandingsv3` every season"
        ),
        "`teamgamelog(s)`, `playergamelog(s)`": "`leaguegamelog` has the same rows, of all at once",
        "`leaguegamefinder?GameID=`": "the server ignores it and answers with a whole season",
        "other leagues (`LeagueID` 10, 15, 20)": "only the NBA is collected",
        "`nba-prod-us-east-1-mediaops-stats.s3.amazonaws.com`": "the bucket behind cdn.nba.com, past its limits",
    },
}

CANNOT_TELL: dict[str, tuple[str, ...]] = {
    "basketball_reference": (
        "A page of a player's or a franchise's career names no season",
        "An index of a day without games tells its day by its title only",
    ),
    "espn": (
        "An empty listing of a day names no day of its own; it must not contradict its calendar",
        "Older bodies of `events?dates=` name no day; newer ones do, and it is compared",
        "Rosters, teams, injuries and news are as of now; a `season` is compared where the body has one",
        "Parts of a game in the core API (odds, officials, rosters, statistics) do not say whether it is over",
    ),
    "hoopr": ("A parquet file without a column `season` is known by its columns only",),
    "kaggle": (
        "A download does not say its version: it is the one that was asked for",
        "A CSV does not say of which data set it is: it is known by its columns, where those are known",
        "What is in the files of a whole data set is not looked at; a file without known columns is any CSV",
    ),
    "nba_api": (
        "V2 and V3 box scores have no status: a game under way shows by its minutes, which can't tell the last five",
        "Of the retired V2 shapes only whole games are accepted, whatever stretch of one a key names",
        "A schedule says its season, not that it is complete",
    ),
}
"""By source: fields of a key, or states of a game, that a body can't be held against."""
