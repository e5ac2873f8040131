"""What has to be asked for is there, and ready before anybody asks."""

from __future__ import annotations

import dataclasses

from adce_async.demo.nba_api.site import Nba
from adce_async.demo.prepared import Prepared, addresses, ask_for
from adce_async.demo.server import SimulatedSources
from adce_async.demo.site import Request, Response
from adce_async.demo.worlds import DEMO_NOON, demo_world

WORLD = demo_world()


def test_each_address_has_an_answer_that_is_ready() -> None:
    sources = SimulatedSources(WORLD)
    for source, urls in addresses(WORLD).items():
        site = sources._sites[source]
        assert isinstance(site, Prepared)
        assert len(set(urls)) == len(urls)
        for url in urls:
            answer = site.answer(ask_for(url, WORLD.now()))
            assert answer.status in (200, 302) or url.endswith("/robots.txt"), url
            if answer.status == 302:
                assert site.answer(ask_for(answer.headers["location"], WORLD.now())).status == 200
        assert site.made == 0


class Counting:
    """A site that says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def answer(self, ask: Request) -> Response:
        self.asked.append(ask)
        return Response(ask.path.encode())


def test_what_was_not_prepared_is_made_and_counted() -> None:
    ask = Request("cdn.nba.com", "/a", {"x": "1", "y": ""}, {"referer": "https://www.nba.com/", "accept": "*/*"})
    behind = Counting()
    site = Prepared(behind, [ask])
    assert (
        site.answer(dataclasses.replace(ask, query={"y": "", "x": "1"}, headers=dict(ask.headers, accept="x"))).body
        == b"/a"
    )
    assert (len(behind.asked), site.made) == (1, 0)
    others = ({"held": True}, {"headers": {}}, {"query": {"x": "1"}}, {"host": "stats.nba.com"}, {"path": "/b"})
    for number, change in enumerate(others, start=1):
        site.answer(dataclasses.replace(ask, **change))
        assert (len(behind.asked), site.made) == (1 + number, number)


def test_a_request_has_the_headers_that_its_host_wants() -> None:
    (schedule,) = (url for url in addresses(WORLD)["nba_api"] if "staticData" in url)
    ask = ask_for(schedule, DEMO_NOON)
    assert Nba(WORLD.league()).answer(ask).status == 200
    assert Nba(WORLD.league()).answer(dataclasses.replace(ask, headers={})).status == 403
