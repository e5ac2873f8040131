"""Basketball-Reference in its true shapes: schedules, games, season tables, 404 and 429 pages, robots.txt.

Title, canonical link, table ids, `data-stat` and `csk` follow captured pages; menus, scripts and advertisements,
which make those ten times as long, are left out.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Mapping
from html import escape

from adce_async.demo.basketball_reference import season as season_pages
from adce_async.demo.basketball_reference.games import box_score, play_by_play
from adce_async.demo.basketball_reference.html import CANONICAL_HOST, page
from adce_async.demo.league import Game, League, Team
from adce_async.demo.season import finished, records, totals
from adce_async.demo.site import HTML, TEXT, GameState, Request, Response, state_of
from adce_async.model.days import EASTERN
from adce_async.model.seasons import end_year, season_months, season_of_day, season_of_end_year

_MONTH = re.compile(r"/leagues/NBA_(\d{4})_games(?:-([a-z0-9-]+))?\.html")
_SEASON = re.compile(r"/leagues/NBA_(\d{4})(?:_(totals|per_game|advanced|standings))?\.html")
_PLAYERS = {
    "totals": season_pages.totals_page,
    "per_game": season_pages.per_game_page,
    "advanced": season_pages.advanced_page,
}
_GAME = re.compile(r"/boxscores/(pbp/)?(\d{9}[A-Z]{3})\.html")
_DISALLOWED = (
    "/basketball/", "/blazers/", "/dump/", "/fc/", "/my/", "/7103", "*/gamelog/", "*/splits/", "*/on-off/",
    "*/lineups/", "*/shooting/", "/play-index/", "/req/", "/short/", "/nocdn/",
)  # fmt: skip
_COLUMNS = (
    ("date_game", "Date"),
    ("game_start_time", "Start (ET)"),
    ("visitor_team_name", "Visitor/Neutral"),
    ("visitor_pts", "PTS"),
    ("home_team_name", "Home/Neutral"),
    ("home_pts", "PTS"),
    ("box_score_text", "&nbsp;"),
    ("overtimes", "&nbsp;"),
    ("attendance", "Attend."),
    ("game_duration", "LOG"),
    ("arena_name", "Arena"),
    ("game_remarks", "Notes"),
)


class BasketballReference:
    """`www.basketball-reference.com`; satisfies `site.Site`."""

    def __init__(self, league: League, crawl_delay: float | None = 3.0) -> None:
        """`crawl_delay`: seconds that robots.txt asks for (3, as published); None leaves the line out."""
        self._league = league
        self._crawl_delay = crawl_delay

    def answer(self, request: Request) -> Response:
        """See `site.Site`. A game that is not over has no pages yet: 404."""
        if request.path == "/robots.txt":
            return self._robots()
        if match := _MONTH.fullmatch(request.path):
            return self._month(request, int(match[1]), match[2])
        if match := _SEASON.fullmatch(request.path):
            return self._season(request, int(match[1]), match[2])
        if match := _GAME.fullmatch(request.path):
            game = self._league.game_of_bbref(match[2])
            if game is not None and state_of(game, request.now, held=request.held) is GameState.OVER:
                return Response(_game_body(game, plays=bool(match[1])), content_type=HTML)
        return not_found()

    def _robots(self) -> Response:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _DISALLOWED)]
        if self._crawl_delay is not None:
            lines.append(f"Crawl-delay: {self._crawl_delay:g}")
        return Response(("\n".join(lines) + "\n").encode(), content_type=TEXT)

    def _season(self, request: Request, year: int, kind: str | None) -> Response:
        """A page of a season has something to say once games are over."""
        games = finished(self._league, year, request.now)
        if not games:
            return not_found()
        if kind in _PLAYERS:
            return Response(_PLAYERS[kind](year, totals(games)), content_type=HTML)
        make = season_pages.standings_page if kind else season_pages.summary_page
        return Response(make(year, records(games)), content_type=HTML)

    def _month(self, request: Request, year: int, name: str | None) -> Response:
        months = _months(self._league, year)
        days = months.get(name) if name else next(iter(months.values()), None)
        if days is None:
            return not_found()
        games = [game for day in days for game in self._league.games(day)]
        held = games[-1] if request.held else None
        rows = list(_rows((game, state_of(game, request.now, held=game is held)) for game in games))
        return Response(_schedule_page(year, list(months), name or next(iter(months)), rows), content_type=HTML)


def not_found() -> Response:
    """The site's own 404 page."""
    content = "<h1>Page Not Found (404 error)</h1>\n<p>There is no page at this address.</p>"
    return Response(page("Page Not Found (404 error)", f"{CANONICAL_HOST}/404.html", content), 404, HTML)


def rate_limited(headers: Mapping[str, str] | None = None) -> Response:
    """The site's own 429 page; the real one has no `Retry-After` among its `headers`."""
    content = "<h1>Rate Limited Request (429 error)</h1>\n<p>You have triggered rate limiting.</p>"
    body = page("Rate Limited Request (429 error)", "https://www.sports-reference.com/429.html", content)
    return Response(body, 429, HTML, headers or {})


@functools.lru_cache(maxsize=64)
def _game_body(game: Game, *, plays: bool) -> bytes:
    return play_by_play(game) if plays else box_score(game)


@functools.lru_cache(maxsize=8)
def _months(league: League, year: int) -> dict[str, list[dt.date]]:
    """The months of a season in which the league has games, by the names that their pages have."""
    days = [day for day in league.days() if end_year(season_of_day(day)) == year]
    if not days:
        return {}
    months = {name: (last.year, last.month) for name, last in season_months(season_of_end_year(year))}
    of_month = {name: [day for day in days if (day.year, day.month) == month] for name, month in months.items()}
    return {name: found for name, found in of_month.items() if found}


def _schedule_page(year: int, months: list[str], month: str, rows: list[str]) -> bytes:
    season, title = season_of_end_year(year), month.partition("-")[0].title()
    links = "\n".join(
        f'<div{" class=current" if name == month else ""}><a href="/leagues/NBA_{year}_games-{name}.html">'
        f"{name.title()}</a></div>"
        for name in months
    )
    heads = "".join(
        f'<th aria-label="{label}" data-stat="{stat}" scope="col" class=" poptip center" >{label}</th>\n'
        for stat, label in _COLUMNS
    )
    content = (
        f"<h1>\n<span>{season}</span> <span>NBA</span> "
        f'<span class="header_end">Schedule and Results</span>\n</h1>\n<div class="filter">\n{links}\n</div>\n'
        f'<div id="all_schedule" class="table_wrapper">\n<h2>{title} Schedule</h2>\n'
        '<div class="table_container" id="div_schedule">\n'
        '<table class="suppress_glossary sortable stats_table" id="schedule" data-cols-to-freeze=",1">\n'
        f"<caption>{title} Schedule Table</caption>\n<thead>\n<tr>\n{heads}</tr>\n</thead>\n<tbody>"
        + "\n".join(rows)
        + "\n</tbody>\n</table>\n</div>\n</div>"
    )
    return page(f"{season} NBA Schedule", f"{CANONICAL_HOST}/leagues/NBA_{year}_games.html", content)


def _rows(games: Iterable[tuple[Game, GameState]]) -> Iterable[str]:
    """A row a game, and the separator where the playoffs begin."""
    before = True
    for game, state in games:
        if game.is_playoff and before:
            yield "<tr class='thead'><th colspan='12'>Playoffs</th></tr>"
        before = not game.is_playoff
        yield _row(game, over=state is GameState.OVER)


def _row(game: Game, *, over: bool) -> str:
    """A future game has its id in `csk` already, and neither points nor a link to a box score."""
    at = dt.datetime.fromtimestamp(game.tip_off, EASTERN)
    day = f"month={game.day.month}&amp;day={game.day.day}&amp;year={game.day.year}"
    overtimes = len(game.home_periods) - 4
    texts = {
        "game_start_time": f"{at.hour % 12 or 12}:{at:%M}{'p' if at.hour >= 12 else 'a'}",
        "visitor_team_name": _team_link(game, game.away),
        "visitor_pts": str(game.away_points) if over else "",
        "home_team_name": _team_link(game, game.home),
        "home_pts": str(game.home_points) if over else "",
        "box_score_text": f'<a href="/boxscores/{game.bbref_id}.html">Box Score</a>' if over else "",
        "overtimes": ("" if not overtimes else "OT" if overtimes == 1 else f"{overtimes}OT") if over else "",
        "attendance": f"{game.attendance:,}" if over else "",
        "game_duration": "2:15" if over else "",
        "arena_name": f"{escape(game.home.location)} Arena",
        "game_remarks": "",
    }
    keys = {
        "visitor_team_name": f' csk="{game.away.bbref}.{game.bbref_id}"',
        "home_team_name": f' csk="{game.home.bbref}.{game.bbref_id}"',
    }
    cells = "".join(
        f'<td class="{"right" if text else "right iz"} " data-stat="{stat}"{keys.get(stat, "")} >{text}</td>'
        for stat, text in texts.items()
    )
    return (
        f'<tr ><th scope="row" class="left " data-stat="date_game" csk="{game.bbref_id}" >'
        f'<a href="/boxscores/index.fcgi?{day}">{at:%a, %b} {at.day}, {at.year}</a></th>{cells}</tr>'
    )


def _team_link(game: Game, team: Team) -> str:
    return f'<a href="/teams/{team.bbref}/{game.season_end}.html">{escape(team.bbref_name)}</a>'
