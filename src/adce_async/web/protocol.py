"""What is no HTTP at all, or beyond its bounds, is answered like every other mistake: see RFC 9457."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from adce_async.web.answers import problem
from adce_async.web.guard import HEADERS


class OwnErrors(web.RequestHandler):
    """A protocol of aiohttp's with our answers to what it can't parse."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """(As the library calls it.) Raises ConnectionError if an answer has begun."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun; there can't be another one")
        if isinstance(exc, LineTooLong):
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        said = (message or "this is no HTTP request").partition("\n")[0].rstrip(": ")
        made = problem(status, f"{said}; expected HTTP/1.1 within the bounds of this service"[:300], headers=HEADERS)
        made.force_close()
        return made


def with_own_errors(made: web.RequestHandler) -> web.RequestHandler:
    """The same protocol. (The library makes it by itself, of its own class.)"""
    made.__class__ = OwnErrors
    return made
