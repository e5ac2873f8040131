"""The frame that all pages of Basketball-Reference share."""

from __future__ import annotations

from html import escape

from adce_async.demo.league import Game, Team

CANONICAL_HOST = "https://www.basketball-reference.com"


def page(title: str, canonical: str, content: str) -> bytes:
    """A whole page: `title` (without the site's name), canonical link and the HTML of its content."""
    return (
        '<!DOCTYPE html>\n<html data-version="klecko-" lang="en" class="no-js" >\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title, quote=False)} | Basketball-Reference.com</title>\n"
        f'<link rel="canonical" href="{canonical}" />\n</head>\n<body class="bbr">\n<div id="wrap">\n'
        f'<div id="content" role="main" class="box">\n{content}\n</div><!-- div#content -->\n'
        "</div><!-- div#wrap -->\n</body>\n<!-- SR -->\n</html>\n"
    ).encode()


def title_of(game: Game) -> str:
    """`Trail Blazers vs Bulls, January 1, 2018`: the same for a game's box score and its play-by-play."""
    return f"{game.away.name} vs {game.home.name}, {game.day:%B} {game.day.day}, {game.day.year}"


def scorebox(game: Game) -> str:
    """The head of both pages of a game: teams and final score, the visitors first."""

    def side(team: Team, points: int) -> str:
        return (
            f'<div>\n<div><strong>\n<a href="/teams/{team.bbref}/{game.season_end}.html">{escape(team.bbref_name)}</a>'
            f'\n</strong></div>\n<div class="scores">\n<div class="score">{points}</div>\n</div>'
            "<div>12-12</div>\n</div>"
        )

    sides = side(game.away, game.away_points) + "\n" + side(game.home, game.home_points)
    meta = f"<div>{game.day:%B} {game.day.day}, {game.day.year}</div><div>{escape(game.home.location)} Arena</div>"
    return f'<div class="scorebox">\n{sides}\n<div class="scorebox_meta">\n{meta}\n</div>\n</div>'


def wrapped(table_id: str, table: str, *, commented: bool = False) -> str:
    """A table in its wrappers; some tables come inside an HTML comment, for a script to unwrap."""
    inner = f'<div class="table_container" id="div_{table_id}">\n{table}\n</div>'
    if commented:
        hidden = f'<div class="placeholder"></div>\n<!--\n{inner}\n-->'
        return f'<div id="all_{table_id}" class="table_wrapper setup_commented commented">\n{hidden}\n</div>'
    return f'<div id="all_{table_id}" class="table_wrapper">\n{inner}\n</div>'
