"""What every request passes: whose name it calls us by, how often it comes, and that no error shows how we are made.

The pages name every file of the lake, and the verbs change what the service does. So a page of somebody else's in a
browser must not reach them (its requests carry its own host, or none of our tokens), and nobody's loop may take the
time that the scrapers need.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adce_async.error_text import traceback_text
from adce_async.errors import AdceError
from adce_async.web.answers import problem
from adce_async.web.paging import BadQueryError

log = structlog.get_logger("adce.web")

BYTES_A_REQUEST = 20_000
"""So many bytes of an answer count as one more request."""
LONGEST_WAIT = 30.0
"""Seconds for which the largest answer keeps its client out at most."""
MOST_CLIENTS = 1000
"""Clients that are remembered; the one that was longest silent is forgotten first."""
REFUSAL_SECONDS = 0.25
"""Who asks too often is told so only after a while: the next request of the connection waits as long, so a flood costs
a few refusals a second and connection, and not the time that the scrapers need."""
HOLDERS = "who has a token"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "adce",
}
"""Of each answer; `Server` without the versions that the library would tell everybody."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class ClientRates:
    """A leaky bucket a client: `rate` requests a second, `burst` at once."""

    def __init__(self, rate: float, burst: int, time: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._time = time
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def apply(self, rate: float, burst: int) -> None:
        """From now on."""
        self._rate, self._burst = rate, burst

    def wait(self, client: str) -> float:
        """0 and the request counts, or the seconds until the next one may come."""
        now = self._time()
        bucket = self._buckets.pop(client, None) or _Bucket(0.0, now)
        self._buckets[client] = bucket
        while len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        bucket.level = max(0.0, bucket.level - (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.level + 1 > self._burst:
            return (bucket.level + 1 - self._burst) / self._rate
        bucket.level += 1
        return 0.0

    def charge(self, client: str, size: int) -> None:
        """An answer of `size` bytes counts as several requests: what is long to make is rarely to be had."""
        if (bucket := self._buckets.get(client)) is not None:
            bucket.level = min(bucket.level + size // BYTES_A_REQUEST, self._burst + self._rate * LONGEST_WAIT)


def is_ours(host: str, names: Collection[str]) -> bool:
    """True if a request for `host` (of its Host header) means us: an address, localhost, or one of `names`.

    A page that lets its own name point to this machine (DNS rebinding) calls us by that name.

    >>> is_ours("127.0.0.1:8080", ()), is_ours("[::1]", ()), is_ours("evil.test", ()), is_ours("lake:80", ("lake",))
    (True, True, False, True)
    """
    name = host.strip().lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.rpartition(":")[0] or name
    if name == "localhost" or name.endswith(".localhost") or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def guarding(
    rates: ClientRates,
    names: Callable[[], Collection[str]],
    readers: Sequence[str] = (),
    known: Sequence[str] = (),
) -> Middleware:
    """The middleware. `names()`: by which we may be called now, lower case. `readers`: tokens; with none, all may look.

    `known`: tokens whose holders are a client of their own, wherever they ask from: somebody else's loop on the same
    address takes nothing from them.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        response: web.StreamResponse | None = await _refused(request, rates, names(), known)
        response = response or _may_look(request, readers) or await _answered(request, handler)
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            rates.charge(_client(request, known), len(response.body))
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return guard


async def _refused(
    request: web.Request, rates: ClientRates, names: Collection[str], known: Sequence[str]
) -> web.Response | None:
    if (wait := rates.wait(_client(request, known))) > 0:
        await asyncio.sleep(REFUSAL_SECONDS)
        detail = f"too many requests from {request.remote}; the next one in {wait:.1f} s"
        return problem(429, detail, headers={"Retry-After": str(math.ceil(wait))})
    if not is_ours(request.headers.get("Host", "localhost"), names):
        detail = "this service is not called by that name; name it in health_check.allowed_hosts if it is meant"
        return problem(421, detail)
    return None


def _client(request: web.Request, known: Sequence[str]) -> str:
    """Whose rate it counts in."""
    return HOLDERS if known and _is_one_of(_shown(request), known) else request.remote or ""


def _may_look(request: web.Request, readers: Sequence[str]) -> web.Response | None:
    """None if everybody may, or the request has one of the tokens: as a bearer, or as the password a browser asks for.

    A browser sends that password with requests of other pages, too; so it is good for looking, and never for a verb.
    """
    if not readers:
        return None
    if _is_one_of(_shown(request), readers):
        return None
    detail = "expected a token of this service, as a bearer token or as the password of any user"
    return problem(401, detail, headers={"WWW-Authenticate": 'Basic realm="adce", charset="UTF-8"'})


def _shown(request: web.Request) -> bytes:
    """The token that comes with it, as a bearer or as a password; empty if none does."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip().encode()
    if kind.lower() == "basic":
        with contextlib.suppress(ValueError):
            return base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    return b""


def _is_one_of(shown: bytes, tokens: Sequence[str]) -> bool:
    """All are compared, whichever fits: the time tells nothing."""
    fits = [hmac.compare_digest(shown, each.encode()) for each in tokens]
    return any(fits)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except BadQueryError as error:
        return problem(400, str(error))
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return problem(
            405, f"{request.method} is not for {request.path}; expected {allowed}", headers={"Allow": allowed}
        )
    except web.HTTPNotFound:
        return problem(404, "there is nothing here; `/` and /openapi.json say what there is")
    except web.HTTPRequestEntityTooLarge:
        return problem(413, "the body is too large")
    except web.HTTPException as error:
        return problem(error.status, error.reason)
    except ConnectionError:  # who asked has gone
        raise
    except AdceError as error:  # a database that is away, a lake that can't be read: said by others, too
        return problem(503, str(error), headers={"Retry-After": "5"})
    except Exception as error:  # noqa: BLE001 - a bug of ours: in the log, and not in the answer
        log.error("a request failed", path=request.path, why=traceback_text(error))
        return problem(500, "this is a bug; the log of the service has the details")


def may_change(request: web.BaseRequest, token: str | None) -> web.Response | None:
    """None if the request has `token`; else the answer that says what is missing."""
    if not token:
        return problem(403, "no token is configured: set ADCE_TOKEN (or health_check.token_file) and start again")
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        return problem(403, "expected the token of this service as a bearer token, in the header Authorization")
    return None
