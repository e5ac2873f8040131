"""The document is valid, and what is really answered is what it says."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import jsonschema
from tests.scenario.world import World, items_of, per

from adce_async.errors import RefusedError
from adce_async.service.loops import Service
from adce_async.supervisor import Stop
from adce_async.web.openapi import document
from adce_async.web.server import Site, WebLimits, serving

TOKEN = {"Authorization": "Bearer s3cret-of-the-test"}


@contextlib.asynccontextmanager
async def service(folder: Path) -> AsyncIterator[aiohttp.ClientSession]:
    def script(request):
        if "/2" in request.url:
            raise RefusedError("it is another game")
        return b"{}"

    made = World(folder, [items_of("ant", 4)], {"ant": per(2, 10.0)})
    parts = made.parts
    of = Service(parts, Stop())
    site = of.site()
    async with (
        parts.telling(),
        serving(site, "127.0.0.1", 0, WebLimits(token="s3cret-of-the-test")) as url,
        parts.pool.running(),
    ):
        parts.health.beat("pool", 60.0, "")
        await parts.reconciler.run()
        await parts.pool.refresh()
        async with aiohttp.ClientSession(url) as session:
            yield session


def validator(schema: object) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"components": document()["components"], **schema})  # type: ignore[dict-item]


async def test_real_answers_are_what_is_said(tmp_path) -> None:
    described = document()
    async with service(tmp_path) as session:
        for path, operations in described["paths"].items():
            if path in ("/events", "/metrics", "/cluster"):
                continue
            if "get" in operations:
                async with session.get(path) as answer:
                    content = operations["get"]["responses"][str(answer.status)]["content"]
                    validator(content["application/json"]["schema"]).validate(await answer.json())
        bodies = {
            "/parked/retry": {"all": True}, "/cooldowns/lift": {"source": "ant"}, "/log-level": {"level": "INFO"},
            "/safe-mode": {"on": True},
            "/pause": {"source": "ant"},
        }  # fmt: skip
        for path, operations in described["paths"].items():
            if "post" not in operations:
                continue
            body = bodies.get(path)
            if body is not None:
                validator(operations["post"]["requestBody"]["content"]["application/json"]["schema"]).validate(body)
            async with session.post(path, json=body, headers=TOKEN) as answer:
                assert answer.status == (409 if path == "/reload" else 200), path  # here nothing can be reloaded
                content = operations["post"]["responses"][str(answer.status)]["content"]
                validator(content[answer.content_type]["schema"]).validate(await answer.json())
            async with session.post(path) as refused:
                validator({"$ref": "#/components/schemas/problem"}).validate(await refused.json(content_type=None))


async def test_each_route_is_described_and_each_description_has_a_route(tmp_path) -> None:
    made = World(tmp_path, [items_of("ant", 1)], {"ant": per(2, 10.0)})
    site = Service(made.parts, Stop()).site()
    assert isinstance(site, Site)
    described = {(method.upper(), path) for path, ways in document()["paths"].items() for method in ways}
    served = {(route.method, route.path) for route in site.all_routes(None)}
    of_the_page = {
        ("GET", path)
        for path in (
            "/",
            "/data/{source}/{data_type}/{season}",
            "/keys/{key:.+}",
            "/sources/{source}",
            "/static/{name}",
        )
    }
    elsewhere = {("GET", "/metrics"), ("GET", "/cluster")}  # where there are figures, and other machines
    assert served - of_the_page - {("GET", "/openapi.json")} == described - elsewhere


def test_the_document_is_a_schema_itself() -> None:
    made = document()
    assert made["openapi"] == "3.1.0"
    for operations in made["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                for content in response["content"].values():
                    jsonschema.Draft202012Validator.check_schema(content["schema"])
