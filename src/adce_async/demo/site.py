"""What a simulated site is: a pure function from a request to an answer. The server adds everything that goes wrong."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from adce_async.demo.league import Game, League
from adce_async.demo.plays import Kind, Play, plays_of
from adce_async.model.days import EASTERN

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A GET, as the site itself would see it."""

    host: str
    path: str
    """Percent-decoded, with its leading slash."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    now: float = float("inf")
    """What time it is in the simulated world, in seconds since the epoch; by default all games are long over."""
    held: bool = False
    """A script wants the (last) game that this answer is about to be still going on."""


@dataclass(frozen=True, slots=True)
class Response:
    """Status and whole body."""

    body: bytes = b""
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Protocol):
    """Everything that one upstream answers when all is well."""

    def answer(self, request: Request) -> Response:
        """Never raises: what is unknown is a 404 in the site's own form."""
        ...


class GameState(Enum):
    """How far a game has come; a game that is going on has told its first two periods."""

    BEFORE = "pre"
    LIVE = "in"
    OVER = "post"


def state_of(game: Game, now: float, *, held: bool = False) -> GameState:
    """A game is over if and only if `now` is after its end and nobody holds it."""
    if now < game.tip_off:
        return GameState.BEFORE
    return GameState.LIVE if held or now < game.ends_at else GameState.OVER


def periods_told(game: Game, state: GameState) -> int:
    """How many periods of a game in this `state` are known."""
    return {GameState.BEFORE: 0, GameState.LIVE: 2, GameState.OVER: len(game.home_periods)}[state]


def plays_told(game: Game, state: GameState) -> tuple[Play, ...]:
    """The plays of these periods; the end of the game is told when it is over."""
    last = periods_told(game, state)
    over = state is GameState.OVER
    return tuple(play for play in plays_of(game) if play.period <= last and (over or play.kind is not Kind.END_GAME))


def moment(league: League, now: float) -> float:
    """`now`, for what has to be written down; where all games are long over, the noon after the last of them."""
    if math.isfinite(now):
        return now
    return dt.datetime.combine(league.last_day + dt.timedelta(days=1), dt.time(12), EASTERN).timestamp()


def akamai_denied(url: str, status: int = 403, headers: Mapping[str, str] | None = None) -> Response:
    """The page with which Akamai turns clients away from ESPN and nba.com, whatever the status says."""
    body = (
        "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n"
        f'You don\'t have permission to access "{url}" on this server.<P>\nReference&#32;&#35;18&#46;0\n'
        "</BODY>\n</HTML>\n"
    )
    return Response(body.encode(), status, "text/html", headers or {})


def cloudflare_challenge(status: int = 403, headers: Mapping[str, str] | None = None) -> Response:
    """The page with which Cloudflare asks whether there is a browser, whatever the status says."""
    body = (
        '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>'
        '<meta name="robots" content="noindex,nofollow"></head><body><noscript>'
        '<span id="challenge-error-text">Enable JavaScript and cookies to continue</span></noscript>'
        '<script>window._cf_chl_opt={cType:"managed"};</script></body></html>'
    )
    return Response(body.encode(), status, HTML, {"server": "cloudflare", **(headers or {})})
