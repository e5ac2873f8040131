"""All that has to be asked for to fill the demo's week, and the answers to it, made before anybody asks.

The audit at the door measures when requests arrive. An answer that took a tenth of a second to make would hold up
those that arrive meanwhile, and the next ones would seem to come too early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from adce_async.demo.league import TEAMS, Game
from adce_async.demo.site import Request, Response, Site
from adce_async.demo.worlds import DemoWorld
from adce_async.model.seasons import end_year, season_of_day, season_of_end_year

_SITE = "https://site.api.espn.com/apis/site/v2/sports/basketball/nba"
_CORE = "https://sports.core.api.espn.com/v2/sports/basketball/leagues/nba"
_BBREF = "https://www.basketball-reference.com"
_STATS = "https://stats.nba.com/stats"
_CDN = "https://cdn.nba.com/static/json"
_RELEASES = "https://github.com/sportsdataverse/sportsdataverse-data/releases/download"
_KAGGLE = "https://www.kaggle.com/api/v1/datasets"
_ASSETS = ("espn_nba_schedules/nba_schedule", "espn_nba_pbp/play_by_play", "espn_nba_team_boxscores/team_box",
           "espn_nba_player_boxscores/player_box")  # fmt: skip
_DATA_SETS = ("wyattowalsh/basketball?231", "sumitrodatta/nba-aba-baa-stats?45")
_HISTORICAL = "eoinamoore/historical-nba-data-and-player-box-scores"
_WHOLE_GAME = "EndPeriod=0&EndRange=0&RangeType=0&StartPeriod=0&StartRange=0"
_PLAYER_FILTERS = (
    "Active", "AllStar", "College", "Country", "DraftPick", "DraftYear", "Height", "Historical", "PlayerPosition",
    "TeamID", "Weight",
)  # fmt: skip
HEADERS: Mapping[str, Mapping[str, str]] = {
    "cdn.nba.com": {"referer": "https://www.nba.com/"},
    "stats.nba.com": {"referer": "https://www.nba.com/"},
    "www.kaggle.com": {"authorization": "Basic made up"},
}
"""What a host wants to see."""


def addresses(world: DemoWorld) -> dict[str, list[str]]:
    """The addresses of each source in a good order, redirects left out."""
    league = world.league()
    days = list(league.days())
    games = [game for day in days for game in league.games(day)]
    year = end_year(season_of_day(world.last_day))
    season = season_of_end_year(year)
    compact, month = [f"{day:%Y%m%d}" for day in days], f"{world.last_day:%B}".lower()
    return {
        "espn": [
            "https://site.api.espn.com/robots.txt",
            "https://sports.core.api.espn.com/robots.txt",
            *(f"{_SITE}/scoreboard?dates={day}&limit=1000" for day in compact),
            *(f"{_SITE}/summary?event={game.event_id}" for game in games),
            f"{_SITE}/teams",
            "https://site.api.espn.com/apis/v2/sports/basketball/nba/standings",
            f"{_CORE}/seasons/{year}/types/2/calendar/ondays",
            *(f"{_SITE}/teams/{team.espn_id}/roster" for team in TEAMS),
        ],
        "basketball_reference": [
            f"{_BBREF}/robots.txt",
            f"{_BBREF}/leagues/NBA_{year}_games-{month}.html",
            *(f"{_BBREF}/boxscores/{game.bbref_id}.html" for game in games),
            *(f"{_BBREF}/boxscores/pbp/{game.bbref_id}.html" for game in games),
            *(f"{_BBREF}/leagues/NBA_{year}{kind}.html" for kind in ("", "_standings", "_totals", "_advanced")),
        ],
        "nba_api": [
            "https://stats.nba.com/robots.txt",
            "https://cdn.nba.com/robots.txt",
            *_nba(games, season),
            *(f"{_STATS}/scoreboardv3?GameDate={day}&LeagueID=00" for day in days),
        ],
        "hoopr": [
            "https://github.com/robots.txt",
            "https://release-assets.githubusercontent.com/robots.txt",
            *(f"{_RELEASES}/{asset}_{year}.parquet" for asset in _ASSETS),
        ],
        "kaggle": [
            "https://www.kaggle.com/robots.txt",
            "https://storage.googleapis.com/robots.txt",
            *(f"{_KAGGLE}/view/{one.partition('?')[0]}" for one in (*_DATA_SETS, _HISTORICAL)),
            *(f"{_KAGGLE}/download/{one.replace('?', '?datasetVersionNumber=')}" for one in _DATA_SETS),
            f"{_KAGGLE}/download/{_HISTORICAL}/LeagueSchedule24_25.csv?datasetVersionNumber=97",
        ],
    }


def _nba(games: list[Game], season: str) -> Iterator[str]:
    of_season = f"LeagueID=00&Season={season}"
    regular = f"{of_season}&SeasonType=Regular Season"
    yield f"{_STATS}/scheduleleaguev2?{of_season}"
    yield f"{_CDN}/staticData/scheduleLeagueV2.json"
    for unit in "TP":
        order = "Counter=0&DateFrom=&DateTo=&Direction=ASC&Sorter=DATE"
        yield f"{_STATS}/leaguegamelog?{regular}&{order}&PlayerOrTeam={unit}"
    yield f"{_STATS}/playerindex?{of_season}&" + "&".join(f"{name}=" for name in _PLAYER_FILTERS)
    yield f"{_STATS}/commonallplayers?{of_season}&IsOnlyCurrentSeason=0"
    yield f"{_STATS}/leaguestandingsv3?{regular}&SeasonYear="
    for game in games:
        yield f"{_STATS}/boxscoretraditionalv3?GameID={game.nba_id}&{_WHOLE_GAME}"
        yield f"{_STATS}/playbyplayv3?GameID={game.nba_id}&EndPeriod=0&StartPeriod=0"
        for kind in ("boxscore", "playbyplay"):
            yield f"{_CDN}/liveData/{kind}/{kind}_{game.nba_id}.json"


def ask_for(address: str, now: float) -> Request:
    """The request for an address, with the headers that its host wants."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(parts.netloc, unquote(parts.path), query, HEADERS.get(parts.netloc, {}), now)


class Prepared:
    """A site whose answers to some requests are ready; satisfies `site.Site`."""

    def __init__(self, site: Site, asks: Iterable[Request]) -> None:
        """What the answers redirect to is prepared, too, as far as it is of the same site."""
        self._site = site
        self._answers: dict[object, Response] = {}
        self.made = 0
        """Answers that were not ready."""
        ahead = list(asks)
        while ahead:
            request = ahead.pop()
            answer = self._answers[_key(request)] = site.answer(request)
            if answer.status == 302:
                ahead.append(ask_for(answer.headers["location"], request.now))

    def answer(self, request: Request) -> Response:
        """See `site.Site`."""
        ready = self._answers.get(_key(request))
        self.made += ready is None
        return ready if ready is not None else self._site.answer(request)


def _key(request: Request) -> object:
    """What an answer depends on; `now` stands still in a world whose answers can be prepared."""
    who = (request.headers.get("referer"), "authorization" in request.headers) if request.path != "/robots.txt" else ()
    return request.host, request.path, frozenset(request.query.items()), who, request.held
