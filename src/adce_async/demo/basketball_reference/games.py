"""The two pages that Basketball-Reference has of a game: box score and play-by-play."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from adce_async.demo.basketball_reference.html import CANONICAL_HOST, page, scorebox, title_of, wrapped
from adce_async.demo.league import Game, Team
from adce_async.demo.plays import ACTIVE, STARTERS, Kind, Line, Play, Player, box_of, period_seconds, plays_of, roster
from adce_async.demo.plays import total as total_of

_BASIC = {
    "fg": "FG", "fga": "FGA", "fg_pct": "FG%", "fg3": "3P", "fg3a": "3PA", "fg3_pct": "3P%", "ft": "FT", "fta": "FTA",
    "ft_pct": "FT%", "orb": "ORB", "drb": "DRB", "trb": "TRB", "ast": "AST", "stl": "STL", "blk": "BLK", "tov": "TOV",
    "pf": "PF", "pts": "PTS", "game_score": "GmSc", "plus_minus": "+/-",
}  # fmt: skip
_ADVANCED = {
    "ts_pct": "TS%", "efg_pct": "eFG%", "fg3a_per_fga_pct": "3PAr", "fta_per_fga_pct": "FTr", "orb_pct": "ORB%",
    "drb_pct": "DRB%", "trb_pct": "TRB%", "ast_pct": "AST%", "stl_pct": "STL%", "blk_pct": "BLK%", "tov_pct": "TOV%",
}  # fmt: skip
_ORDINALS = ("1st", "2nd", "3rd", "4th")


def box_score(game: Game) -> bytes:
    """`/boxscores/{id}.html`: per team a basic and an advanced table, the visitors first."""
    plays = plays_of(game)
    sections = [scorebox(game), wrapped("line_score", _line_score(game), commented=True)]
    boxes = [(team, box_of(game, plays, is_home=team is game.home)) for team in (game.away, game.home)]
    sections.append(wrapped("four_factors", _four_factors(game, boxes), commented=True))
    for team, box in boxes:
        for kind, columns in (("basic", _BASIC), ("advanced", _ADVANCED)):
            table_id = f"box-{team.bbref}-game-{kind}"
            sections.append(wrapped(table_id, _box_table(game, team, box, table_id, columns)))
    sections.append(f"<div><strong>Attendance:&nbsp;</strong>{game.attendance:,}</div>")
    return page(title_of(game), f"{CANONICAL_HOST}/boxscores/{game.bbref_id}.html", "\n".join(sections))


def _line_score(game: Game) -> str:
    """An overtime is headed `OT`, its cells are called `1OT`."""
    overtimes = len(game.home_periods) - 4
    stats = ["1", "2", "3", "4", *(f"{number}OT" for number in range(1, overtimes + 1))]
    heads = [*stats[:4], *("OT" if number == 1 else f"{number}OT" for number in range(1, overtimes + 1))]
    head = "".join(f'<th aria-label="{text}" data-stat="{text}" scope="col" >{text}</th>' for text in [*heads, "T"])
    rows = []
    for team, periods in ((game.away, game.away_periods), (game.home, game.home_periods)):
        cells = "".join(
            f'<td class="center " data-stat="{stat}" >{points}</td>'
            for stat, points in zip(stats, periods, strict=True)
        )
        link = f"<a href='/teams/{team.bbref}/{game.season_end}.html'>{team.bbref}</a>"
        rows.append(
            f'<tr ><th scope="row" class="center " data-stat="team" >{link}</th>{cells}'
            f'<td class="center " data-stat="T" ><strong>{sum(periods)}</strong></td></tr>'
        )
    return (
        '<table class="suppress_all stats_table" id="line_score" data-cols-to-freeze="0">\n'
        f'<caption>Line Score Table</caption>\n<thead>\n<tr>\n<th data-stat="team" scope="col" >&nbsp;</th>{head}\n'
        "</tr>\n</thead>\n<tbody>" + "\n".join(rows) + "\n</tbody>\n</table>"
    )


def _four_factors(game: Game, boxes: list[tuple[Team, dict[Player, Line]]]) -> str:
    rows = []
    for team, box in boxes:
        line = total_of(box.values())
        values = {"efg_pct": _share(line.fg + line.fg3 / 2, line.fga), "ft_rate": _share(line.ft, line.fga)}
        cells = "".join(f'<td class="right " data-stat="{stat}" >{text}</td>' for stat, text in values.items())
        link = f'<a href="/teams/{team.bbref}/{game.season_end}.html">{team.bbref}</a>'
        rows.append(f'<tr ><th scope="row" class="left " data-stat="team_id" >{link}</th>{cells}</tr>')
    return (
        '<table class="suppress_all stats_table" id="four_factors" data-cols-to-freeze=",1">\n'
        "<caption>Four Factors Table</caption>\n<tbody>" + "\n".join(rows) + "\n</tbody>\n</table>"
    )


def _box_table(game: Game, team: Team, box: dict[Player, Line], table_id: str, columns: Mapping[str, str]) -> str:
    team_line = total_of(box.values())
    over = "Basic" if columns is _BASIC else "Advanced"
    rows = [_player_row(player, line, team_line, columns) for player, line in box.items()]
    reason = '<td class="center " data-stat="reason" colspan={} class=\'italic_text gray_text\' >Did Not Play</td>'
    rest = reason.format(len(columns) + 1)
    rows += [f"<tr >{_player_head(player)}{rest}</tr>" for player in roster(game.seed, team)[ACTIVE:]]
    rows.insert(STARTERS, f'<tr class="thead">{_heads("Reserves", columns)}</tr>')
    totals = f'<td class="right " data-stat="mp" >{team_line.seconds // 60}</td>' + _cells(
        team_line, team_line, columns, blank=("game_score", "plus_minus")
    )
    return (
        f'<table class="sortable stats_table" id="{table_id}" data-cols-to-freeze=",1">\n'
        f"<caption>{escape(team.bbref_name)} Basic and Advanced Stats Table</caption>\n<thead>\n"
        f'<tr class="over_header"><th></th><th data-stat="header_tmp" colspan="{len(columns) + 1}" '
        f'class=" over_header center" >{over} Box Score Stats</th></tr>\n'
        f"<tr>{_heads('Starters', columns)}</tr>\n</thead>\n"
        "<tbody>" + "\n".join(rows) + '\n</tbody><tfoot><tr ><th scope="row" class="left " data-stat="player" >'
        f"Team Totals</th>{totals}</tr>\n</tfoot>\n</table>"
    )


def _heads(first: str, columns: Mapping[str, str]) -> str:
    names = {"player": first, "mp": "MP", **columns}
    return "".join(
        f'<th aria-label="{text}" data-stat="{stat}" scope="col" >{text}</th>' for stat, text in names.items()
    )


def _player_head(player: Player) -> str:
    return (
        f'<th scope="row" class="left " data-append-csv="{player.bbref_id}" data-stat="player" '
        f'csk="{player.last},{player.first}" >{_link(player, player.name)}</th>'
    )


def _link(player: Player, text: str) -> str:
    return f'<a href="/players/{player.bbref_id[0]}/{player.bbref_id}.html">{escape(text)}</a>'


def _player_row(player: Player, line: Line, team: Line, columns: Mapping[str, str]) -> str:
    minutes = f"{line.seconds // 60}:{line.seconds % 60:02d}"
    played = f'<td class="right " data-stat="mp" csk="{line.seconds}" >{minutes}</td>'
    return f"<tr >{_player_head(player)}{played}{_cells(line, team, columns)}</tr>"


def _cells(line: Line, team: Line, columns: Mapping[str, str], *, blank: tuple[str, ...] = ()) -> str:
    values = _basic_values(line) if columns is _BASIC else _advanced_values(line, team)
    texts = {stat: "" if stat in blank else values[stat] for stat in columns}
    return "".join(
        f'<td class="right {"iz" if text in ("", "0") else ""}" data-stat="{stat}" >{text}</td>'
        for stat, text in texts.items()
    )


def _basic_values(line: Line) -> dict[str, str]:
    """Counts as they are; a share of nothing is an empty cell."""
    counts = ("fg", "fga", "fg3", "fg3a", "ft", "fta", "orb", "drb", "trb", "ast", "stl", "blk", "tov", "pf", "pts")
    score = line.pts + 0.4 * line.fg - 0.7 * line.fga - 0.4 * (line.fta - line.ft) + 0.7 * line.orb + 0.3 * line.drb
    score += line.stl + 0.7 * line.ast + 0.7 * line.blk - 0.4 * line.pf - line.tov
    return {name: str(getattr(line, name)) for name in counts} | {
        "fg_pct": _share(line.fg, line.fga),
        "fg3_pct": _share(line.fg3, line.fg3a),
        "ft_pct": _share(line.ft, line.fta),
        "game_score": f"{score:.1f}",
        "plus_minus": f"{line.plus_minus:+d}",
    }


def _advanced_values(line: Line, team: Line) -> dict[str, str]:
    """Shares of the team's counts stand in for the estimates that need the opponent's."""
    counts = ("orb", "drb", "trb", "ast", "stl", "blk", "tov")
    shares = {f"{name}_pct": f"{100 * getattr(line, name) / (getattr(team, name) or 1):.1f}" for name in counts}
    return shares | {
        "ts_pct": _share(line.pts / 2, line.fga + 0.44 * line.fta),
        "efg_pct": _share(line.fg + line.fg3 / 2, line.fga),
        "fg3a_per_fga_pct": _share(line.fg3a, line.fga),
        "fta_per_fga_pct": _share(line.fta, line.fga),
    }


def _share(part: float, whole: float) -> str:
    """`.435`, `1.000`, and nothing for a share of nothing."""
    return f"{part / whole:.3f}".removeprefix("0") if whole else ""


def play_by_play(game: Game) -> bytes:
    """`/boxscores/pbp/{id}.html`: one table for all periods, the visitors on the left, scores `visitors-home`."""
    rows: list[str] = []
    period = 0
    for play in plays_of(game):
        if play.period != period:
            period = play.period
            rows += _period_head(game, period)
        if play.kind is Kind.END_PERIOD:
            rows.append(f"<tr>\n<td>0:00.0</td>\n<td colspan=\"5\" class='center'>End of {_period(period)}</td>\n</tr>")
        elif play.kind is not Kind.END_GAME:
            rows.append(_play_row(play))
    teams = f"{game.away.bbref_name} at {game.home.bbref_name}"
    table = (
        '<table class="suppress_all sortable stats_table" id="pbp" data-cols-to-freeze=",1">\n'
        "<caption>Play-By-Play Table</caption>\n" + "\n".join(rows) + "\n</table>"
    )
    head = f"<h1>{escape(teams)} Play-By-Play, {game.day:%B} {game.day.day}, {game.day.year}</h1>"
    content = "\n".join([head, scorebox(game), wrapped("pbp", table)])
    return page(title_of(game), f"{CANONICAL_HOST}/boxscores/pbp/{game.bbref_id}.html", content)


def _period(period: int) -> str:
    return f"{_ORDINALS[period - 1]} quarter" if period <= 4 else f"{_ORDINALS[min(period, 8) - 5]} overtime"


def _period_head(game: Game, period: int) -> list[str]:
    name = f"{_ORDINALS[period - 1]} Q" if period <= 4 else f"{_ORDINALS[min(period, 8) - 5]} OT"
    titles = ("Time", game.away.location, "", "Score", "", game.home.location)
    heads = "\n".join(
        f'<th aria-label="{escape(text)}" data-stat="{escape(text)}" class=" center" >{escape(text)}</th>'
        for text in titles
    )
    rows = [
        f'<tr class=\'thead\' id="q{period}">\n<th colspan="6">{name}</th>\n</tr>',
        f'<tr class="thead">\n{heads}\n</tr>',
    ]
    if period > 1:
        clock = f"{period_seconds(period) // 60}:00.0"
        rows.append(f"<tr>\n<td>{clock}</td>\n<td colspan=\"5\" class='center'>Start of {_period(period)}</td>\n</tr>")
    return rows


def _play_row(play: Play) -> str:
    clock = f"{int(play.clock) // 60}:{int(play.clock) % 60:02d}.{int(play.clock * 10) % 10}"
    if play.kind is Kind.JUMP_BALL:
        return f"<tr>\n<td>{clock}</td>\n<td colspan=\"5\" class='center'>{_text(play)}</td>\n</tr>"
    scored = "bbr-play-score" if play.points else ""
    points = f"+{play.points}" if play.points else "&nbsp;"
    score = f"<td class=' center'>{play.away_score}-{play.home_score}</td>"
    text, empty = _text(play), "<td>&nbsp;</td><td>&nbsp;</td>"
    if play.is_home:
        cells = f"{empty}{score}<td class='{scored}'>{points}</td><td class='{scored}'>{text}</td>"
    else:
        cells = f"<td class='{scored}'>{text}</td><td class='{scored}'>{points}</td>{score}{empty}"
    return f"<tr>\n<td>{clock}</td>\n{cells}\n</tr>"


def _text(play: Play) -> str:
    who = _link(play.player, play.player.short) if play.player else "Team"
    other = _link(play.other, play.other.short) if play.other else ""
    shot = f"{play.worth}-pt {'layup' if play.worth == 2 and play.distance <= 4 else 'jump shot'}"
    number, tries = play.attempt
    return {
        Kind.JUMP_BALL: f"Jump ball: {who} vs. {other} ({who} gains possession)",
        Kind.MAKE: f"{who} makes {shot} from {play.distance} ft" + (f" (assist by {other})" if other else ""),
        Kind.MISS: f"{who} misses {shot} from {play.distance} ft" + (f" (block by {other})" if other else ""),
        Kind.FREE_THROW: f"{who} {'makes' if play.made else 'misses'} free throw {number} of {tries}",
        Kind.OFFENSIVE_REBOUND: f"Offensive rebound by {who}",
        Kind.DEFENSIVE_REBOUND: f"Defensive rebound by {who}",
        Kind.TURNOVER: f"Turnover by {who} (bad pass" + (f"; steal by {other})" if other else ")"),
        Kind.FOUL: f"Shooting foul by {who}",
        Kind.SUBSTITUTION: f"{who} enters the game for {other}",
        Kind.TIMEOUT: "Full timeout",
    }[play.kind]
