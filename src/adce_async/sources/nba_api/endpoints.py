"""The endpoints of stats.nba.com as data: parameters, result sets, and whether an empty answer is legal.

Parameters and result sets are those of nba_api's documentation of each endpoint (version 1.12, November 2026) and of
captured answers. The server wants every parameter of an endpoint to be there; most may be empty.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

CAPTURED, DOCUMENTED = "captured", "documented"


class Empty(enum.Enum):
    """What an answer without rows means."""

    LEGAL = enum.auto()
    """There may be nothing to tell."""
    EARLY = enum.auto()
    """A season's table before its first game: not yet, for the regular season; legal for the others, whose tables
    are expected from the season's first day on."""
    REFUSED = enum.auto()
    """There are rows, always."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of stats.nba.com."""

    path: str
    """Last part of the URL."""
    description: str
    params: Mapping[str, str]
    sets: tuple[str, ...] = ()
    """Result sets that must be there; what is said of rows is said of the first."""
    rows: Mapping[str, str] = field(default_factory=dict)
    """Column -> the field whose value each row must have there."""
    empty: Empty = Empty.REFUSED
    names: Mapping[str, str] = field(default_factory=dict)
    """Field of the items that it names -> column."""
    evidence: str = DOCUMENTED
    uses: str = "NbaTable"
    retired: str = ""


def _blank(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "")


_LEAGUE = {"LeagueID": "00"}
_SEASON = _LEAGUE | {"Season": "{season}"}
_SEASON_TYPE = _SEASON | {"SeasonType": "{season_type}"}
_GAME = {"GameID": "{game_id}"}
_WHOLE_GAME = _GAME | {"StartPeriod": "0", "EndPeriod": "0", "StartRange": "0", "EndRange": "0", "RangeType": "0"}
_STRETCH = _GAME | {
    "StartPeriod": "{start_period}",
    "EndPeriod": "{end_period}",
    "StartRange": "{start_range}",
    "EndRange": "{end_range}",
    "RangeType": "{range_type}",
}
_SPLITS = (
    _SEASON_TYPE
    | {"PerMode": "Totals", "PaceAdjust": "N", "PlusMinus": "N", "Rank": "N"}
    | dict.fromkeys(("LastNGames", "Month", "OpponentTeamID", "Period"), "0")
    | _blank(
        "DateFrom DateTo GameSegment Location Outcome PORound SeasonSegment ShotClockRange VsConference VsDivision"
    )
)
_TEAM_FILTERS = _blank("Conference Division GameScope PlayerExperience PlayerPosition StarterBench TeamID")
_PLAYER_FILTERS = _TEAM_FILTERS | _blank("College Country DraftPick DraftYear Height Weight")
_CLUTCH = {"AheadBehind": "Ahead or Behind", "ClutchTime": "Last 5 Minutes", "PointDiff": "5"}
_LINEUP_FILTERS = _blank("Conference Division TeamID")
_TRACKING = (
    _SEASON_TYPE
    | {"PerMode": "Totals"}
    | _blank("Conference DateFrom DateTo Division LastNGames Location Month OpponentTeamID Outcome PORound")
    | _blank("SeasonSegment TeamID VsConference VsDivision")
)
_PLAYER = _blank("College Country DraftPick DraftYear Height PlayerExperience PlayerPosition StarterBench Weight")
_SHOT = _blank(
    "CloseDefDistRange DribbleRange GameSegment GeneralRange Period ShotClockRange ShotDistRange TouchTimeRange"
)
_HUSTLE = (
    _SEASON_TYPE
    | {"PerMode": "Totals"}
    | _blank("College Conference Country DateFrom DateTo Division DraftPick DraftYear Height Location Month")
    | _blank("OpponentTeamID Outcome PORound PlayerExperience PlayerPosition SeasonSegment TeamID")
    | _blank("VsConference VsDivision Weight")
)
_FINDER_STATS = _blank(
    "AST BLK DD DREB FG3A FG3M FG3_PCT FGA FGM FG_PCT FTA FTM FT_PCT MINUTES OREB PF PTS REB STL TD TOV"
)
_FINDER_FILTERS = _blank(
    "Conference DateFrom DateTo Division DraftNumber DraftRound DraftTeamID DraftYear GameID Location Outcome PORound"
    " PlayerID RookieYear SeasonSegment StarterBench TeamID VsConference VsDivision VsTeamID YearsExperience"
) | {f"{sign}{stat}": "" for sign in ("Eq", "Gt", "Lt") for stat in _FINDER_STATS}
_SHOTS = (
    _SEASON_TYPE
    | _GAME
    | {"ContextMeasure": "FG_PCT", "PlayerID": "0", "TeamID": "{team_id}"}
    | dict.fromkeys(("LastNGames", "Month", "OpponentTeamID", "Period"), "0")
    | _blank("AheadBehind ClutchTime ContextFilter DateFrom DateTo EndPeriod EndRange GameSegment Location Outcome")
    | _blank("PlayerPosition PointDiff Position RangeType RookieYear SeasonSegment StartPeriod StartRange")
    | _blank("VsConference VsDivision")
)

_TEAMS = {"team_id": "TEAM_ID"}
_PLAYERS = {"player_id": "PERSON_ID"}


def _box(kind: str, description: str, params: Mapping[str, str]) -> Endpoint:
    return Endpoint(f"boxscore{kind}", description, params, uses="NbaBoxScore")


def _season_table(
    path: str, description: str, table: str, params: Mapping[str, str], evidence: str = DOCUMENTED
) -> Endpoint:
    return Endpoint(path, description, params, (table,), empty=Empty.EARLY, evidence=evidence)


GAME_ENDPOINTS: dict[str, Endpoint] = {
    "play_by_play": Endpoint(
        "playbyplayv3", "Each play of a finished game, from 1996-97 on",
        _GAME | {"StartPeriod": "0", "EndPeriod": "0"}, evidence=CAPTURED, uses="NbaPlayByPlay",
    ),
    "play_by_play_v2": Endpoint(
        "playbyplayv2", "Each play of a finished game, in the old shape",
        _GAME | {"StartPeriod": "{start_period}", "EndPeriod": "10"}, evidence=CAPTURED, uses="NbaPlayByPlay",
        retired="answers {} since November 2025; nba_api_play_by_play has every game",
    ),
    "box_score": Endpoint(
        "boxscoretraditionalv3", "Players and teams of a finished game", _WHOLE_GAME,
        evidence=CAPTURED, uses="NbaBoxScoreTraditional",
    ),
    "box_score_v2": Endpoint(
        "boxscoretraditionalv2", "Players and teams of a finished game, in the old shape", _STRETCH,
        evidence=CAPTURED, uses="NbaBoxScoreTraditional",
        retired="empty for games from 2025-26 on; nba_api_box_score has every game",
    ),
    "box_score_advanced": _box("advancedv3", "Ratings, pace and shares", _WHOLE_GAME),
    "box_score_misc": _box("miscv3", "Points off turnovers, second-chance points, in the paint", _WHOLE_GAME),
    "box_score_scoring": _box("scoringv3", "Where the points came from", _WHOLE_GAME),
    "box_score_usage": _box("usagev3", "Each player's share of his team", _WHOLE_GAME),
    "box_score_four_factors": _box("fourfactorsv3", "Shooting, turnovers, rebounds, free throws", _WHOLE_GAME),
    "box_score_player_track": _box("playertrackv3", "Speed, distance, touches, from 2013-14 on", _GAME),
    "box_score_hustle": _box("hustlev2", "Deflections, contested shots, from 2015-16 on", _GAME),
    "box_score_defensive": _box("defensivev2", "Who guarded how well, from 2017-18 on", _GAME),
    "box_score_matchups": _box("matchupsv3", "Who guarded whom, from 2017-18 on", _GAME),
    "box_score_summary": Endpoint(
        "boxscoresummaryv3", "Status, quarters, officials, inactive players of a finished game", _GAME,
        evidence=CAPTURED, uses="NbaBoxScoreSummary",
    ),
    "box_score_summary_v2": Endpoint(
        "boxscoresummaryv2", "Status, quarters, officials, inactive players, in the old shape", _GAME,
        evidence=CAPTURED, uses="NbaBoxScoreSummary",
    ),
    "game_rotation": Endpoint(
        "gamerotation", "When each player was on the court", _GAME | _LEAGUE, ("HomeTeam", "AwayTeam"),
        {"GAME_ID": "game_id"}, evidence=CAPTURED, uses="NbaGameRotation",
    ),
    "shot_chart": Endpoint(
        "shotchartdetail", "Each shot of one team in a finished game, from 1996-97 on",
        _SHOTS, ("Shot_Chart_Detail",), {"GAME_ID": "game_id", "TEAM_ID": "team_id"},
        evidence=CAPTURED, uses="NbaShotChart",
    ),
    "win_probability": Endpoint(
        "winprobabilitypbp", "The home team's chances, play by play",
        _GAME | {"RunType": "each second"}, ("WinProbPBP",), {"GAME_ID": "game_id"},
    ),
    "video_events": Endpoint(
        "videoevents", "Addresses of the videos of one play", _GAME | {"GameEventID": "{event_id}"}, ("playlist",),
        empty=Empty.LEGAL, evidence=CAPTURED,
    ),
    "scoreboard": Endpoint(
        "scoreboardv3", "The games of one day, with scores by quarter", _LEAGUE | {"GameDate": "{date}"},
        evidence=CAPTURED, uses="NbaScoreboard",
    ),
    "scoreboard_v2": Endpoint(
        "scoreboardv2", "The games of one day, in the old shape",
        _LEAGUE | {"GameDate": "{date}", "DayOffset": "0"}, evidence=CAPTURED, uses="NbaScoreboardV2",
        retired="repeats games and lacks scores in 2025-26; nba_api_scoreboard has every day",
    ),
}  # fmt: skip
"""What is asked for game by game and day by day, by data type."""

SEASON_ENDPOINTS: dict[str, Endpoint] = {
    "schedule": Endpoint("scheduleleaguev2", "All games of a season, past or current", _SEASON, uses="NbaSchedule"),
    "game_log": Endpoint(
        "leaguegamelog", "All games played in a season, a row for each team or player",
        _SEASON_TYPE | _blank("DateFrom DateTo") | {
            "PlayerOrTeam": "{player_or_team}", "Counter": "{counter}", "Direction": "{direction}", "Sorter": "DATE",
        },
        ("LeagueGameLog",), empty=Empty.EARLY, evidence=CAPTURED, uses="NbaGameLog",
    ),
    "game_finder": Endpoint(
        "leaguegamefinder", "All games played in a season, a row for each team, from 1983-84 on",
        _FINDER_FILTERS | _SEASON_TYPE | {"PlayerOrTeam": "T"},
        ("LeagueGameFinderResults",), empty=Empty.EARLY, evidence=CAPTURED, uses="NbaGameLog",
    ),
    "all_players": Endpoint(
        "commonallplayers", "Everybody who ever played, as of a season", _SEASON | {"IsOnlyCurrentSeason": "0"},
        ("CommonAllPlayers",), names=_PLAYERS, evidence=CAPTURED,
    ),
    "player_index": Endpoint(
        "playerindex", "The players of a season",
        _SEASON | _blank("Active AllStar College Country DraftPick DraftYear Height Historical PlayerPosition TeamID")
        | _blank("Weight"),
        ("PlayerIndex",), names=_PLAYERS, evidence=CAPTURED,
    ),
    "standings": Endpoint(
        "leaguestandingsv3", "Standings of a season", _SEASON_TYPE | _blank("SeasonYear"), ("Standings",),
        names={"team_id": "TeamID"}, empty=Empty.EARLY, evidence=CAPTURED,
    ),
    "league_leaders": _season_table(
        "leagueleaders", "The players of a season by points", "LeagueLeaders",
        _SEASON_TYPE | {"PerMode": "Totals", "Scope": "S", "StatCategory": "PTS", "ActiveFlag": ""},
        evidence=CAPTURED,
    ),
    "league_player_stats": _season_table(
        "leaguedashplayerstats", "All players of a season, from 1996-97 on", "LeagueDashPlayerStats",
        _SPLITS | _PLAYER_FILTERS | {"MeasureType": "{stat_type}", "TwoWay": ""},
    ),
    "team_stats": _season_table(
        "leaguedashteamstats", "All teams of a season, from 1996-97 on", "LeagueDashTeamStats",
        _SPLITS | _TEAM_FILTERS | {"MeasureType": "{stat_type}", "TwoWay": ""},
    ),
    "lineups": _season_table(
        "leaguedashlineups", "Units of 2 to 5 players, from 2007-08 on", "Lineups",
        _SPLITS | _LINEUP_FILTERS | {"MeasureType": "Base", "GroupQuantity": "{players}"},
    ),
    "player_bio_stats": _season_table(
        "leaguedashplayerbiostats", "Height, weight, college, draft of a season's players", "LeagueDashPlayerBioStats",
        _TRACKING | _PLAYER | _blank("GameScope GameSegment Period ShotClockRange"),
    ),
    "player_clutch": _season_table(
        "leaguedashplayerclutch", "Players in the last five minutes of close games", "LeagueDashPlayerClutch",
        _SPLITS | _PLAYER_FILTERS | _CLUTCH | {"MeasureType": "Base"},
    ),
    "team_clutch": _season_table(
        "leaguedashteamclutch", "Teams in the last five minutes of close games", "LeagueDashTeamClutch",
        _SPLITS | _TEAM_FILTERS | _CLUTCH | {"MeasureType": "Base"},
    ),
    "player_shot_locations": _season_table(
        "leaguedashplayershotlocations", "Players' shots by zone", "ShotLocations",
        _SPLITS | _PLAYER_FILTERS | {"MeasureType": "Base", "DistanceRange": "By Zone"},
    ),
    "team_shot_locations": _season_table(
        "leaguedashteamshotlocations", "Teams' shots by zone", "ShotLocations",
        _SPLITS | _TEAM_FILTERS | {"MeasureType": "Base", "DistanceRange": "By Zone"},
    ),
    "tracking": _season_table(
        "leaguedashptstats", "Speed, distance, touches, passes, drives, from 2013-14 on", "LeagueDashPtStats",
        _TRACKING | _PLAYER | _blank("GameScope") | dict.fromkeys(("LastNGames", "Month", "OpponentTeamID"), "0")
        | {"PlayerOrTeam": "{unit}", "PtMeasureType": "{measure}"},
    ),
    "player_defense": _season_table(
        "leaguedashptdefend", "How opponents shoot against each player, from 2013-14 on", "LeagueDashPTDefend",
        _TRACKING | _PLAYER | _blank("GameSegment Period PlayerID") | {"DefenseCategory": "Overall"},
    ),
    "team_defense": _season_table(
        "leaguedashptteamdefend", "How opponents shoot against each team, from 2013-14 on", "LeagueDashPtTeamDefend",
        _TRACKING | _blank("GameSegment Period") | {"DefenseCategory": "Overall"},
    ),
    "player_shooting": _season_table(
        "leaguedashplayerptshot", "Players' tracked shots, from 2013-14 on", "LeagueDashPTShots",
        _TRACKING | _PLAYER | _SHOT,
    ),
    "team_shooting": _season_table(
        "leaguedashteamptshot", "Teams' tracked shots, from 2013-14 on", "LeagueDashPTShots", _TRACKING | _SHOT,
    ),
    "player_hustle": _season_table(
        "leaguehustlestatsplayer", "Players' deflections and contested shots, from 2015-16 on", "HustleStatsPlayer",
        _HUSTLE,
    ),
    "team_hustle": _season_table(
        "leaguehustlestatsteam", "Teams' deflections and contested shots, from 2015-16 on", "HustleStatsTeam", _HUSTLE,
    ),
    "player_estimated_metrics": _season_table(
        "playerestimatedmetrics", "Players' estimated ratings, from 1996-97 on", "PlayerEstimatedMetrics", _SEASON_TYPE,
    ),
    "team_estimated_metrics": _season_table(
        "teamestimatedmetrics", "Teams' estimated ratings, from 1996-97 on", "TeamEstimatedMetrics", _SEASON_TYPE,
    ),
    "synergy_play_types": Endpoint(
        "synergyplaytypes", "Points per possession by kind of play, from 2015-16 on",
        _LEAGUE | {
            "SeasonYear": "{season}", "SeasonType": "{season_type}", "PerMode": "Totals", "PlayerOrTeam": "{unit}",
            "PlayType": "{play_type}", "TypeGrouping": "{grouping}",
        },
        ("SynergyPlayType",), empty=Empty.LEGAL,
    ),
    "season_matchups": Endpoint(
        "leagueseasonmatchups", "One player against another over a season, from 2017-18 on",
        _SEASON_TYPE | {"PerMode": "Totals", "OffPlayerID": "{off_player_id}", "DefPlayerID": "{def_player_id}"},
        ("SeasonMatchups",), {"OFF_PLAYER_ID": "off_player_id", "DEF_PLAYER_ID": "def_player_id"},
        Empty.LEGAL, evidence=CAPTURED,
    ),
    "playoff_series": Endpoint(
        "commonplayoffseries", "The series of the playoffs; empty before April", _SEASON | _blank("SeriesID"),
        ("PlayoffSeries",), empty=Empty.LEGAL, evidence=CAPTURED,
    ),
    "draft_history": Endpoint(
        "drafthistory", "The draft before a season",
        _LEAGUE | {"Season": "{season_start}"} | _blank("College OverallPick RoundNum RoundPick TeamID TopX"),
        ("DraftHistory",), {"SEASON": "season_start"},
    ),
    "draft_combine": Endpoint(
        "draftcombinestats", "Measurements and drills before the draft, from 2000-01 on",
        _LEAGUE | {"SeasonYear": "{season}"}, ("DraftCombineStats",),
    ),
    "team_years": Endpoint(
        "commonteamyears", "First and last year of each team", _LEAGUE, ("TeamYears",), names=_TEAMS,
    ),
    "franchises": Endpoint(
        "franchisehistory", "Wins, losses and titles of each franchise", _LEAGUE, ("FranchiseHistory",),
    ),
    "team_roster": Endpoint(
        "commonteamroster", "Players and coaches of a team in a season", _SEASON | {"TeamID": "{team_id}"},
        ("CommonTeamRoster",), {"TeamID": "team_id", "SEASON": "season_start"}, evidence=CAPTURED,
    ),
    "team_info": Endpoint(
        "teaminfocommon", "Record and ranks of a team in a season", _SEASON_TYPE | {"TeamID": "{team_id}"},
        ("TeamInfoCommon",), {"TEAM_ID": "team_id"}, Empty.EARLY,
    ),
    "team_dashboard": Endpoint(
        "teamdashboardbygeneralsplits", "A team by place, month, result and rest, from 1996-97 on",
        _SPLITS | {"MeasureType": "Base", "TeamID": "{team_id}"}, ("OverallTeamDashboard",), empty=Empty.EARLY,
    ),
    "player_stats": Endpoint(
        "playerdashboardbygeneralsplits", "A player by place, month, result and rest, from 1996-97 on",
        _SPLITS | {"MeasureType": "Base", "PlayerID": "{player_id}"}, ("OverallPlayerDashboard",), empty=Empty.LEGAL,
    ),
    "player_career_stats": Endpoint(
        "playercareerstats", "A player season by season",
        _LEAGUE | {"PerMode": "Totals", "PlayerID": "{player_id}"}, ("SeasonTotalsRegularSeason",),
        {"PLAYER_ID": "player_id"}, Empty.LEGAL, evidence=CAPTURED,
    ),
    "player_info": Endpoint(
        "commonplayerinfo", "Birthday, height, school, draft, team of a player",
        _LEAGUE | {"PlayerID": "{player_id}"}, ("CommonPlayerInfo",), {"PERSON_ID": "player_id"},
    ),
    "player_awards": Endpoint(
        "playerawards", "Awards of a player", {"PlayerID": "{player_id}"}, ("PlayerAwards",),
        {"PERSON_ID": "player_id"}, Empty.LEGAL,
    ),
}  # fmt: skip
"""What is asked for season by season, team by team, player by player, by data type."""

ENDPOINTS = GAME_ENDPOINTS | SEASON_ENDPOINTS
"""All of them, by data type."""
BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS.values()}
"""All of them, by the last part of their URL."""
