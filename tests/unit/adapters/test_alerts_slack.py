"""A webhook: what is posted to it, what it may answer, and that its address is said nowhere."""

from __future__ import annotations

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adce_async.adapters.alerts_slack import SlackAlerts
from adce_async.errors import AlertError
from adce_async.model.alert import Alert, SlackSettings
from adce_async.redaction import redact

pytestmark = pytest.mark.looptime(False)
ALERT = Alert("raised", "lake", "service", "full " + "x" * 9000, 0.0)


async def post(status: int = 200, channel: str = "") -> dict[str, str]:
    got: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        got.append(await request.read())
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/services/T0SECRET0", answer)
    async with TestServer(app) as server:
        await SlackAlerts(SlackSettings(str(server.make_url("/services/T0SECRET0")), channel)).send(ALERT)
    (body,) = got
    return dict(json.loads(body))


async def test_what_is_posted() -> None:
    body = await post()
    assert body.keys() == {"text"}
    assert body["text"].startswith(":red_circle: lake: trouble\nfull xxx")
    assert len(body["text"]) < 4000
    assert (await post(channel="#data"))["channel"] == "#data"


@pytest.mark.parametrize("status", [302, 403, 500])
async def test_what_it_refuses_with(status: int) -> None:
    with pytest.raises(AlertError, match=f"^the webhook answers HTTP {status}$"):
        await post(status)


async def test_its_address_is_a_secret() -> None:
    slack = SlackAlerts(SlackSettings("http://127.0.0.1:1/services/T0SECRET0"))
    with pytest.raises(AlertError, match=r"^the webhook can't be reached \(ClientConnectorError\)$") as caught:
        await slack.send(ALERT)
    assert caught.value.__cause__ is None
    assert "T0SECRET0" not in redact("posting to http://127.0.0.1:1/services/T0SECRET0")
