"""Puts an answer on the wire, in order or (by a fault) not."""

from __future__ import annotations

import asyncio
import math
import socket
import struct

from aiohttp import web

from adce_async.demo.basketball_reference.site import rate_limited
from adce_async.demo.faults import Fault
from adce_async.demo.hoopr.site import lfs_pointer
from adce_async.demo.nba_api.site import not_in_bucket
from adce_async.demo.site import TEXT, Request, Response, Site, akamai_denied, cloudflare_challenge

_HANG_SECONDS = 30.0
_SLOW_SECONDS = 5.0
_SLOW_PIECES = 10
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def too_many(source: str, retry_after: float | None) -> Response:
    """The 429 of a source, which asks to wait for `retry_after` seconds."""
    if source == "basketball_reference":
        return rate_limited(_retry_after(retry_after))
    return Response(b"Too Many Requests\n", 429, TEXT, _retry_after(retry_after))


def _retry_after(seconds: float | None) -> dict[str, str]:
    """The header, which can only say whole seconds: rounded up."""
    return {} if seconds is None else {"retry-after": str(max(1, math.ceil(seconds)))}


def spoiled(answer: Response, fault: Fault, source: str, asked: Request, site: Site) -> Response:
    """What is answered instead of `answer`: for faults that one can see on a page."""
    match fault.kind:
        case "status_429":
            return too_many(source, fault.seconds)
        case "status_403" | "block_page_200":
            status = 403 if fault.kind == "status_403" else 200
            if source == "basketball_reference":
                return cloudflare_challenge(status, _retry_after(fault.seconds))
            return akamai_denied(f"http://{asked.host}{asked.path}", status, _retry_after(fault.seconds))
        case "status_404":
            return site.answer(Request(asked.host, "/there/is/no/such/page"))
        case "status_500":
            return Response(b"Internal Server Error\n", 500, TEXT)
        case "status_503":
            return Response(b"Service Unavailable\n", 503, TEXT, _retry_after(fault.seconds))
        case "empty_object":
            return Response(b"{}")
        case "not_in_bucket":
            return not_in_bucket()
        case "lfs_pointer":
            return lfs_pointer()
        case "truncated_body":
            return Response(answer.body[: len(answer.body) // 2], answer.status, answer.content_type, answer.headers)
    return answer


async def deliver(request: web.Request, answer: Response, fault: Fault | None) -> tuple[web.StreamResponse, int | None]:
    """Send `answer`; the response, and the status that a client got to see (None if it saw none)."""
    kind = "" if fault is None else fault.kind
    seconds = None if fault is None else fault.seconds
    if kind == "reset":
        _reset(request)
        return web.Response(), None
    if kind == "hang":
        await asyncio.sleep(_HANG_SECONDS if seconds is None else seconds)
        _close(request)
        return web.Response(), None
    if kind == "truncated":
        return await _send_half(request, answer), answer.status
    if kind == "slow":
        return await _send_slowly(request, answer, _SLOW_SECONDS if seconds is None else seconds), answer.status
    if fault is not None and kind == "redirect":
        location = fault.to or f"https:/{request.raw_path}"
        return web.Response(status=302, headers={"location": location}), 302
    if kind == "drop_keepalive":
        request.protocol.close()  # after this answer, which still says nothing of it
    headers = {"content-type": answer.content_type, **answer.headers}
    return web.Response(status=answer.status, body=answer.body, headers=headers), answer.status


async def _start(request: web.Request, answer: Response) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers={"content-type": answer.content_type, **answer.headers})
    response.content_length = len(answer.body)
    await response.prepare(request)
    return response


async def _send_half(request: web.Request, answer: Response) -> web.StreamResponse:
    response = await _start(request, answer)
    await response.write(answer.body[: len(answer.body) // 2])
    _close(request)
    return response


async def _send_slowly(request: web.Request, answer: Response, seconds: float) -> web.StreamResponse:
    response = await _start(request, answer)
    size = max(1, math.ceil(len(answer.body) / _SLOW_PIECES))
    for at in range(0, len(answer.body), size):
        await asyncio.sleep(seconds / _SLOW_PIECES)
        await response.write(answer.body[at : at + size])
    return response


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


def _reset(request: web.Request) -> None:
    """Close so that the client gets a RST, not an orderly end."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        request.transport.abort()
