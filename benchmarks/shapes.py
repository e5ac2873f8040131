"""Bodies of the shape and size that real sources send, made of the demo's league.

- `summary`: a game's summary of ESPN, about 70 KB of JSON, which gives two objects;
- `page`: a box score page of Basketball-Reference, about 460 KB of HTML: the tables of the game, and those of its
  quarters and halves, which real pages have as well.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import islice

import orjson

from adce_async.demo.basketball_reference.games import box_score
from adce_async.demo.espn.summary import summary as summary_of
from adce_async.demo.league import Game, League
from adce_async.demo.site import GameState

LEAGUE = League(7, dt.date(2000, 11, 1), dt.date(2024, 4, 1))
PAGE_BYTES = 460_000
_PERIODS = ("q1", "q2", "h1", "q3", "q4", "h2")


def games(count: int) -> list[Game]:
    """The last `count` games of the league."""
    newest_first = (game for day in reversed(list(LEAGUE.days())) for game in LEAGUE.games(day))
    return list(islice(newest_first, count))


def summary(game: Game) -> bytes:
    """Without win probabilities, and with a third of the plays: the demo tells more of them than a short game has."""
    body = summary_of(game, GameState.OVER)
    del body["winprobability"]
    plays = body["plays"]
    body["plays"] = [*plays[:-3:3], *plays[-3:]]
    return orjson.dumps(body)


def page(game: Game) -> bytes:
    """With the tables of each quarter and half, filled up with what surrounds them."""
    text = box_score(game).decode()
    tables = re.findall(r'<div[^>]*>\s*<table[^>]*id="box-\w+-game-basic".*?</table>\s*</div>', text, re.DOTALL)
    more = "".join(table.replace("-game-basic", f"-{period}-basic") for period in _PERIODS for table in tables)
    link = '<li><a href="/teams/ATL/2024.html">Atlanta Hawks</a> <span class="desc">2023-24</span></li>\n'
    missing = PAGE_BYTES - len(text.encode()) - len(more.encode())
    footer = f'<div id="footer"><ul>{link * (max(0, missing) // len(link))}</ul></div>'
    return text.replace("</body>", f"{more}{footer}</body>").encode()
