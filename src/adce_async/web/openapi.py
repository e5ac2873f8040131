"""`/openapi.json`: what each endpoint takes and answers, for tools. The tests hold real answers to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiohttp import web

from adce_async import __version__
from adce_async.web.answers import answer
from adce_async.web.lists import FILTERS
from adce_async.web.paging import DEFAULT_ROWS, MOST_ROWS
from adce_async.web.plan import PLAN_FILTERS
from adce_async.web.verbs import LEVELS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}


def some(schema: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(
    required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, *, more: bool = True
) -> Schema:
    """An object; `more`: others may stand beside them."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": more,
    }


def list_of(schema: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": schema}


def map_of(schema: Schema) -> Schema:
    """An object whose values are such."""
    return {"type": "object", "additionalProperties": schema}


_COMPONENT = record({"status": {"enum": ["healthy", "degraded", "unhealthy"]}, "last_beat": some(TIME), "detail": TEXT})
_HEALTH = record(
    {
        "status": {"enum": ["healthy", "degraded", "unhealthy"]}, "version": TEXT, "uptime_seconds": NUMBER,
        "components": map_of(_COMPONENT),
        "orchestrator": record({"success_rate": some(NUMBER), "tasks_executed": COUNT, "outcomes": map_of(COUNT)}),
    }
)  # fmt: skip
_PROBE = record({"status": {"enum": ["ok", "failing"]}, "reasons": list_of(TEXT)}, more=False)
_LIMITER = record(
    {
        "tokens": NUMBER, "rate": some(NUMBER), "capacity": COUNT, "utilization": NUMBER, "waiting": COUNT,
        "cooling_until": some(TIME), "breaker": {"enum": ["closed", "open", "half-open"]},
        "windows": map_of(record({"used": COUNT, "limit": COUNT}, more=False)), "requests_total": COUNT,
        "throttled_total": COUNT,
    }
)  # fmt: skip
_ROW = record(
    {
        "source": TEXT, "data_type": TEXT, "season": some(TEXT), "required": FLAG, "expected": COUNT,
        "stored": COUNT, "missing": COUNT, "stale": COUNT, "small": COUNT, "invalid": COUNT, "verified": COUNT,
        "completeness_pct": some(NUMBER),
    }
)  # fmt: skip
_COVERAGE = record(
    {
        "at": some(TIME),
        "stored_since": COUNT,
        "rows": list_of(_ROW),
        "totals": record({"expected": COUNT, "stored": COUNT}),
    }
)
_STATUS = record(
    {
        "reconciliation_cycles": COUNT, "last_reconciliation": some(record({})),
        "next_reconciliation_in_seconds": some(NUMBER),
        "queue": record({"waiting": COUNT, "running": COUNT}), "running": list_of(record({"keys": list_of(TEXT)})),
        "paused": FLAG, "at": TIME,
    }
)  # fmt: skip
_LISTS: Mapping[str, Schema] = {
    "tasks": record(
        {
            "key": TEXT, "state": {"enum": ["running", "queued", "delayed"]}, "source": TEXT, "scraper": TEXT,
            "data_type": TEXT, "season": some(TEXT), "kind": TEXT, "priority": TEXT, "score": NUMBER,
            "attempts": COUNT, "not_before": some(TIME), "waits_for": some(TEXT), "detected_at": TIME, "reason": TEXT,
        }
    ),
    "gaps": record(
        {
            "key": TEXT, "source": TEXT, "data_type": some(TEXT), "season": some(TEXT), "kind": TEXT,
            "priority": some(TEXT), "reason": TEXT, "state": {"enum": ["queued", "parked"]}, "detected_at": some(TIME),
        }
    ),
    "parked": record(
        {
            "key": TEXT, "source": TEXT, "scraper": TEXT, "data_type": some(TEXT), "season": some(TEXT), "kind": TEXT,
            "reason": TEXT, "attempts": COUNT, "parked_at": TIME, "last_status": some(COUNT),
        }
    ),
    "history": record(
        {
            "at": TIME, "key": TEXT, "source": TEXT, "scraper": TEXT, "verdict": TEXT, "reason": TEXT,
            "seconds": NUMBER, "bytes": COUNT,
        }
    ),
    "notes": record({"at": TIME, "kind": TEXT, "text": TEXT}, more=False),
    "sources": record(
        {
            "source": TEXT, "hosts": list_of(TEXT), "width": COUNT, "running": COUNT, "held": some(TEXT),
            "trouble": some(TEXT), "queued": COUNT, **_LIMITER["properties"],
        }
    ),
}  # fmt: skip
_PLANNED = record(
    {
        "key": TEXT, "source": TEXT, "scraper": TEXT, "priority": TEXT, "score": NUMBER, "factors": map_of(NUMBER),
        "eta": some(NUMBER),
    }
)  # fmt: skip
_PLAN: Mapping[str, Schema] = {
    "total": COUNT,
    "eta_seconds": NUMBER,
    "bound_by": some(TEXT),
    "at": TIME,
    "unforeseen": list_of(record({"listed_by": TEXT, "games": some(COUNT), "requests": some(COUNT)})),
}
_PROBLEM_FIELDS: Mapping[str, Schema] = {"type": TEXT, "title": TEXT, "status": COUNT, "detail": TEXT}
_PROBLEM = record(_PROBLEM_FIELDS, more=False)
_RELOADED: Mapping[str, Schema] = {
    "ok": FLAG,
    "problem": some(TEXT),
    "changed": list_of(TEXT),
    "needs_restart": list_of(TEXT),
}
_PAUSED = record({"paused": FLAG, "sources": list_of(TEXT)}, more=False)
_SOURCE = record({}, {"source": TEXT}, more=False)
_VERBS: Mapping[str, tuple[str, Schema | None, Schema]] = {
    "/reconcile": ("A pass as soon as may be", None, record({"asked": FLAG})),
    "/pause": ("Start nothing new, of a source or of all", _SOURCE, _PAUSED),
    "/resume": ("Go on", _SOURCE, _PAUSED),
    "/parked/retry": (
        "Bring parked keys back",
        record({}, {"keys": list_of(TEXT), "source": TEXT, "reason": TEXT, "all": FLAG}, more=False),
        record({"retried": COUNT, "keys": list_of(TEXT), "not_parked": list_of(TEXT)}),
    ),
    "/cooldowns/lift": (
        "End the cool-down of a source",
        record({"source": TEXT}, more=False),
        record({"source": TEXT}),
    ),
    "/reload": (
        "Read the configuration anew",
        None,
        record(_RELOADED),
    ),
    "/log-level": (
        "Log from a level on, until the next start or reload",
        record({"level": {"enum": list(LEVELS)}}, {"component": TEXT}, more=False),
        record({"level": TEXT, "component": some(TEXT)}),
    ),
    "/safe-mode": (
        "One task at a time, by priority, a pass an hour; or as configured again",
        record({"on": FLAG}, more=False),
        record({"asked": {"enum": ["on", "off"]}}),
    ),
}
_REFUSED = {"/reload": record({**_PROBLEM_FIELDS, **_RELOADED}, more=False)}
"""What a verb says with 409: nothing has changed."""
_CLUSTER = record({"at": TIME, "leader": some(TEXT), "nodes": list_of(record({})), "sources": list_of(record({}))})
_DOCUMENTS: Mapping[str, tuple[str, Schema, Sequence[int]]] = {
    "/health": ("Is it well; idle is healthy", _HEALTH, (200, 503)),
    "/health/live": ("Does each loop keep its promise", _PROBE, (200, 503)),
    "/health/ready": ("Could it work now", _PROBE, (200, 503)),
    "/rate-limits": ("What each source allows, and how much of it is used", map_of(_LIMITER), (200,)),
    "/status": ("What it is doing", _STATUS, (200,)),
    "/coverage": ("HAVE against SHOULD as of the last pass and what was stored since", _COVERAGE, (200,)),
    "/cluster": ("Who of several machines works on what", _CLUSTER, (200,)),
}


def document() -> Schema:
    """The whole."""
    paths: dict[str, Any] = {}
    for path, (summary, schema, statuses) in _DOCUMENTS.items():
        paths[path] = {"get": _operation(summary, {status: _json(schema) for status in statuses})}
    for name, schema in _LISTS.items():
        paths[f"/{name}"] = {"get": _list_operation(name, schema, FILTERS[name])}
    paths["/plan"] = {"get": _list_operation("tasks", _PLANNED, PLAN_FILTERS, _PLAN)}
    for path, (summary, body, schema) in _VERBS.items():
        operation = _operation(summary, {200: _json(schema)})
        operation["security"] = [{"token": []}]
        if body is not None:
            operation["requestBody"] = {"content": _json(body), "required": bool(body["required"])}
        if path in _REFUSED:
            content = {"application/problem+json": {"schema": _REFUSED[path]}}
            operation["responses"]["409"] = {"description": "Nothing has changed, and why", "content": content}
        paths.setdefault(path, {})["post"] = operation
    paths["/events"] = {
        "get": _operation("What happens, as it happens", {200: {"text/event-stream": {"schema": TEXT}}})
    }
    paths["/metrics"] = {"get": _operation("Figures for Prometheus", {200: {"text/plain": {"schema": TEXT}}})}
    return {
        "openapi": "3.1.0",
        "info": {"title": "adce_async", "version": __version__, "summary": "Keeps a data lake complete."},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"problem": _PROBLEM},
        },
    }


def openapi_route(served: Collection[web.RouteDef]) -> web.RouteDef:
    """Of what there is of it in `served`. The document is made once."""
    there = {(route.method.lower(), route.path) for route in served}
    made = document()
    ways = {
        path: {way: operation for way, operation in operations.items() if (way, path) in there}
        for path, operations in made["paths"].items()
    }
    made = {**made, "paths": {path: operations for path, operations in ways.items() if operations}}

    async def handler(_request: web.Request) -> web.Response:
        return answer(made)

    return web.get("/openapi.json", handler)


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _operation(summary: str, answers: Mapping[int, Schema]) -> Schema:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
    responses: dict[str, Any] = {
        str(status): {"description": summary, "content": content} for status, content in answers.items()
    }
    responses["default"] = {"description": "Why not, and what to do", "content": problem}
    return {"summary": summary, "responses": responses}


def _list_operation(
    name: str, schema: Schema, filters: Sequence[str], beside: Mapping[str, Schema] | None = None
) -> Schema:
    listing = record({name: list_of(schema), "limit": COUNT, "offset": COUNT, **(beside or {})})
    operation = _operation(f"A page of {name}", {200: {**_json(listing), "text/csv": {"schema": TEXT}}})
    whole = {"type": "integer", "minimum": 0}
    operation["parameters"] = [
        {
            "name": "limit",
            "in": "query",
            "schema": {**whole, "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_ROWS},
        },
        {"name": "offset", "in": "query", "schema": {**whole, "default": 0}},
        {"name": "format", "in": "query", "schema": {"enum": ["json", "csv"]}},
        *({"name": each, "in": "query", "schema": TEXT} for each in filters),
    ]
    return operation
