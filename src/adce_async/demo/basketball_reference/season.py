"""Basketball-Reference's pages of a season: totals, averages and advanced numbers of all players, and the standings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape

from adce_async.demo.basketball_reference.html import CANONICAL_HOST, page, wrapped
from adce_async.demo.league import Team
from adce_async.demo.plays import Line, Player
from adce_async.demo.season import Record, Totals, best
from adce_async.model.seasons import season_of_end_year

_ABOUT = {
    "ranker": "Rk", "name_display": "Player", "age": "Age", "team_name_abbr": "Team", "pos": "Pos", "games": "G",
    "games_started": "GS", "mp": "MP",
}  # fmt: skip
_COUNTS = {
    "fg": "FG", "fga": "FGA", "fg_pct": "FG%", "fg3": "3P", "fg3a": "3PA", "fg3_pct": "3P%", "fg2": "2P", "fg2a": "2PA",
    "fg2_pct": "2P%", "efg_pct": "eFG%", "ft": "FT", "fta": "FTA", "ft_pct": "FT%", "orb": "ORB", "drb": "DRB",
    "trb": "TRB", "ast": "AST", "stl": "STL", "blk": "BLK", "tov": "TOV", "pf": "PF", "pts": "PTS",
}  # fmt: skip
_ADVANCED = {
    "per": "PER", "ts_pct": "TS%", "fg3a_per_fga_pct": "3PAr", "fta_per_fga_pct": "FTr", "orb_pct": "ORB%",
    "drb_pct": "DRB%", "trb_pct": "TRB%", "ast_pct": "AST%", "stl_pct": "STL%", "blk_pct": "BLK%", "tov_pct": "TOV%",
    "usg_pct": "USG%", "ows": "OWS", "dws": "DWS", "ws": "WS", "ws_per_48": "WS/48", "obpm": "OBPM", "dbpm": "DBPM",
    "bpm": "BPM", "vorp": "VORP",
}  # fmt: skip
_STANDINGS = {
    "wins": "W", "losses": "L", "win_loss_pct": "W/L%", "gb": "GB", "pts_per_g": "PS/G", "opp_pts_per_g": "PA/G",
    "srs": "SRS",
}  # fmt: skip

Players = Mapping[Player, Totals]


def totals_page(year: int, players: Players) -> bytes:
    """`NBA_{year}_totals.html`."""
    return _players_page(year, "totals", "totals_stats", "Totals", players, _COUNTS, _counts)


def per_game_page(year: int, players: Players) -> bytes:
    """`NBA_{year}_per_game.html`."""
    return _players_page(year, "per_game", "per_game_stats", "Per Game", players, _COUNTS, _averages)


def advanced_page(year: int, players: Players) -> bytes:
    """`NBA_{year}_advanced.html`; what needs more than a player's own counts is empty."""
    return _players_page(year, "advanced", "advanced", "Advanced", players, _ADVANCED, _advanced)


def _players_page(
    year: int,
    name: str,
    table_id: str,
    title: str,
    players: Players,
    columns: Mapping[str, str],
    values: Callable[[Totals], Mapping[str, str]],
) -> bytes:
    heads = "".join(
        f'<th aria-label="{text}" data-stat="{stat}" scope="col" class=" poptip center" >{text}</th>\n'
        for stat, text in {**_ABOUT, **columns}.items()
    )
    ranked = sorted(players.items(), key=lambda item: -item[1].line.pts)
    rows = [_player_row(number, player, of, year, values(of)) for number, (player, of) in enumerate(ranked, start=1)]
    table = (
        f'<table class="stats_table sortable soc" id="{table_id}" data-cols-to-freeze="2,4">\n'
        f"<caption>{title} Table</caption>\n<thead>\n<tr>\n{heads}</tr>\n</thead>\n<tbody>" + "\n".join(rows)
    )
    season = season_of_end_year(year)
    heading = (
        f'<h1>\n<span>{season}</span> <span>NBA</span> <span class="header_end">Player Stats: {title}</span>\n</h1>'
    )
    content = f"{heading}\n{wrapped(table_id, f'{table}</tbody></table>')}"
    return page(f"{season} NBA Player Stats: {title}", f"{CANONICAL_HOST}/leagues/NBA_{year}_{name}.html", content)


def _player_row(number: int, player: Player, of: Totals, year: int, values: Mapping[str, str]) -> str:
    link = f'<a href="/players/{player.bbref_id[0]}/{player.bbref_id}.html">{escape(player.name)}</a>'
    about = {
        "age": "27",
        "team_name_abbr": _team_link(of.team, year, of.team.bbref),
        "pos": player.position[0],
        "games": str(of.games),
        "games_started": str(of.starts),
    }
    cells = "".join(f'<td class="right " data-stat="{stat}" >{text}</td>' for stat, text in {**about, **values}.items())
    return (
        f'<tr ><th scope="row" class="right " data-stat="ranker" csk="{number}" >{number}</th>'
        f'<td class="left " data-append-csv="{player.bbref_id}" data-stat="name_display" '
        f'csk="{player.last} {player.first}-{number}" >{link}</td>{cells}</tr>'
    )


def _team_link(team: Team, year: int, text: str) -> str:
    return f'<a href="/teams/{team.bbref}/{year}.html">{escape(text)}</a>'


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.3f}".removeprefix("0") if whole else ""


def _shares(line: Line) -> dict[str, str]:
    return {
        "fg_pct": _share(line.fg, line.fga),
        "fg3_pct": _share(line.fg3, line.fg3a),
        "fg2_pct": _share(line.fg - line.fg3, line.fga - line.fg3a),
        "efg_pct": _share(line.fg + line.fg3 / 2, line.fga),
        "ft_pct": _share(line.ft, line.fta),
    }


def _plain(line: Line) -> dict[str, int]:
    names = ("fg", "fga", "fg3", "fg3a", "ft", "fta", "orb", "drb", "trb", "ast", "stl", "blk", "tov", "pf", "pts")
    counts = {name: int(getattr(line, name)) for name in names}
    return counts | {"fg2": line.fg - line.fg3, "fg2a": line.fga - line.fg3a}


def _counts(of: Totals) -> dict[str, str]:
    texts = {name: str(count) for name, count in _plain(of.line).items()} | _shares(of.line)
    return {"mp": str(of.line.seconds // 60), **{name: texts[name] for name in _COUNTS}}


def _averages(of: Totals) -> dict[str, str]:
    texts = {name: f"{count / of.games:.1f}" for name, count in _plain(of.line).items()} | _shares(of.line)
    return {"mp": f"{of.line.seconds / 60 / of.games:.1f}", **{name: texts[name] for name in _COUNTS}}


def _advanced(of: Totals) -> dict[str, str]:
    line = of.line
    known = {
        "ts_pct": _share(line.pts / 2, line.fga + 0.44 * line.fta),
        "fg3a_per_fga_pct": _share(line.fg3a, line.fga),
        "fta_per_fga_pct": _share(line.fta, line.fga),
    }
    return {"mp": str(line.seconds // 60), **{name: known.get(name, "") for name in _ADVANCED}}


def summary_page(year: int, records: Iterable[Record]) -> bytes:
    """`NBA_{year}.html`: the standings of both conferences."""
    return _standings_page(year, "Season Summary", f"{CANONICAL_HOST}/leagues/NBA_{year}.html", records)


def standings_page(year: int, records: Iterable[Record]) -> bytes:
    """`NBA_{year}_standings.html`."""
    return _standings_page(year, "Standings", f"{CANONICAL_HOST}/leagues/NBA_{year}_standings.html", records)


def _standings_page(year: int, title: str, canonical: str, records: Iterable[Record]) -> bytes:
    of_all = list(records)
    season = season_of_end_year(year)
    tables = []
    for letter, name in (("E", "Eastern Conference"), ("W", "Western Conference")):
        of = [record for record in of_all if record.team.conference[0] == letter]
        tables.append(wrapped(f"confs_standings_{letter}", _conference(year, letter, name, of)))
    heading = f'<h1>\n<span>{season}</span> <span>NBA</span> <span class="header_end">{title}</span>\n</h1>'
    return page(f"{season} NBA {title}", canonical, "\n".join([heading, *tables]))


def _conference(year: int, letter: str, name: str, records: list[Record]) -> str:
    heads = "".join(
        f'<th aria-label="{text}" data-stat="{stat}" scope="col" class=" poptip right" >{text}</th>\n'
        for stat, text in {"team_name": name, **_STANDINGS}.items()
    )
    rows = "\n".join(_team_row(year, record, best(records)) for record in records)
    return (
        f'<table class="suppress_all sortable stats_table" id="confs_standings_{letter}" data-cols-to-freeze=",1">\n'
        f"<caption>Conference Standings Table</caption>\n<thead>\n<tr>\n{heads}</tr>\n</thead>\n"
        f"<tbody>{rows}</tbody>\n</table>"
    )


def _team_row(year: int, record: Record, leader: Record) -> str:
    games, behind = len(record.games) or 1, record.behind(leader)
    values = {
        "wins": str(record.wins),
        "losses": str(record.losses),
        "win_loss_pct": _share(record.wins, len(record.games)),
        "gb": f"{behind:.1f}" if behind else "\u2014",
        "pts_per_g": f"{record.points / games:.1f}",
        "opp_pts_per_g": f"{record.against / games:.1f}",
        "srs": f"{(record.points - record.against) / games:.2f}",
    }
    cells = "".join(f'<td class="right " data-stat="{stat}" >{text}</td>' for stat, text in values.items())
    link = _team_link(record.team, year, record.team.bbref_name)
    return f'<tr class="full_table" ><th scope="row" class="left " data-stat="team_name" >{link}</th>{cells}</tr>'
