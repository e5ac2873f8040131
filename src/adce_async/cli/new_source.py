"""scrapers new: a source of one's own, begun: YAML that says it all, or a module with its test."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path
from urllib.parse import urlsplit

import click
from pydantic import TypeAdapter, ValidationError

from adce_async.config.files.scraper import Url, fields_of
from adce_async.config.files.source import Host
from adce_async.errors import FixMeError
from adce_async.model.seasons import FOLLOWING, given_by

_EXAMPLES = {"season": "2024-25", "date": "2024-12-15"}
"""Of the fields that others follow from; keys hold these, whatever URLs make of them."""
_YAML = """\
# config/scraper_config.yaml
sources:
  $name:
    hosts: [$host]
    terms: what the source's terms and robots.txt say
    rate_limit: {requests_per_minute: 20, min_delay_seconds: 1}   # seen from the server, never more
scrapers:
  ${name}_$what:
    source: $name
    url: "$url"
    format: $format
    check: $check

# inventory/data_inventory.yaml
expected_coverage:
  $name:$seasons
    data_types:
      $what:
        scraper: ${name}_$what
        path_pattern: $name/$what/$path.$format
        dimensions: {$dimensions}
"""
_CHECKS = {
    "json": '{equals: {id: "$field"}, required: [rows]}   # what proves that it is the thing asked for, and whole',
    "html": '{canonical: "$tail", required: ["table#stats"], min_rows: {"table#stats tbody tr": 1}}',
    "csv": "{required: [id], min_rows: {rows: 1}}",
    "parquet": "{content_type: application/octet-stream}",
}
_MODULE = '''\
"""$title: say here what its answers really look like, which of them lie, and what its limits and terms are."""

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.coverage import Discovery, Item
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging

SOURCE = {
    "name": "$name",
    "description": "$title",
    "terms": "what the source's terms and robots.txt say; its use is the operator's decision",
    "hosts": ["$host"],
    "rate_limit": {"requests_per_minute": 20, "min_delay_seconds": 1},
}
SCRAPERS = {"${name}_$what": {"uses": "$module:$class_name", "url": "$url"}}


class $class_name(Scraper):
    """One body of JSON with an `id`, a `state` and `rows`."""

    def check(self, page: Page, want: Want) -> None:
        """A 200 proves nothing: raise unless this is what was asked for, whole and final."""
        with judging(page, html_due=False):
            body = page.json()
            if str(body.get("id")) != want.fields["$first"]:
                raise RefusedError(f"id: expected {want.fields['$first']}, found {body.get('id')!r}")
            if body.get("state") != "final":
                raise NotYetError(f"state: {body.get('state')!r}")
            if not body.get("rows"):
                raise RefusedError("no rows")

    def discover(self, page: Page, want: Want) -> Discovery:
        """What other data types derive from: `dimensions: {row_id: {from: $what}}`."""
        return Discovery(tuple(Item({"row_id": str(row["id"])}) for row in page.json()["rows"]))
'''
_TEST = '''\
"""$title, by script: no network, no waiting."""

import json

import pytest
from $module import SCRAPERS, SOURCE

from adce_async.errors import NotYetError, RefusedError
from adce_async.testing.check_body import check_body

FIELDS = {$example}
GOOD = {"id": FIELDS["$first"], "state": "final", "rows": [{"id": 1}, {"id": 2}]}


def checked(body):
    return check_body(SOURCE, SCRAPERS, "${name}_$what", json.dumps(body).encode(), FIELDS)


def test_a_good_body_is_accepted_and_names_its_rows():
    assert [item.fields["row_id"] for item in checked(GOOD).items] == ["1", "2"]


@pytest.mark.parametrize(
    ("lie", "error"),
    [({"id": "another"}, RefusedError), ({"state": "live"}, NotYetError), ({"rows": []}, RefusedError)],
)
def test_lies_are_refused(lie, error):
    with pytest.raises(error):
        checked(GOOD | lie)
'''


def new(name: str, url: str | None, body_format: str, what: str, code: bool, into: Path) -> None:
    """Begin the source NAME: prints the YAML for both files, or writes a module and its test (--code)."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,60}", name) or not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", what):
        raise FixMeError(f"{name} {what}: expected names of lower-case letters, digits and '_', such as ant and items")
    url = url or f"https://{name.replace('_', '-')}.example/{what}/{{id}}.{body_format}"
    try:
        fields = sorted(fields_of(url))
    except ValueError as error:
        raise FixMeError(f"--url {url}: {error}; expected fields in lower case, such as {{id}}") from error
    _refuse_odd(url)
    values = _values(name, what, url, fields, body_format)
    if not code:
        click.echo(_filled(_YAML, values), nl=False)
        return
    if body_format != "json":
        raise FixMeError("--code begins with a source of JSON; for other formats take what it writes as the model")
    _write(into / f"{values['module']}.py", _filled(_MODULE, values))
    _write(into / f"test_{values['module']}.py", _filled(_TEST, values))
    click.echo(
        f"Run its test: pytest {into / ('test_' + values['module'])}.py\n"
        f"Make it known, in your package's pyproject.toml:\n\n"
        f'[project.entry-points."adce_async.sources"]\n{name} = "{values["module"]}"\n\n'
        f"Declare what should be there (`adce scrapers new {name}` prints an example), then: adce scrapers"
    )


def _refuse_odd(url: str) -> None:
    """Raises FixMeError for what the configuration would refuse, or what would end the text in quotes around it."""
    try:
        TypeAdapter(Url).validate_python(url)
        TypeAdapter(Host).validate_python(urlsplit(url).hostname)
    except ValidationError as error:
        raise FixMeError(
            f"--url {url}: expected an absolute http or https URL of a fixed host, no #fragment"
        ) from error
    if '"' in url or "\\" in url:
        raise FixMeError(f"--url {url}: expected %22 and %5C instead of quotes and backslashes")


def _values(name: str, what: str, url: str, fields: list[str], body_format: str) -> dict[str, str]:
    key = sorted(set(map(given_by, fields)) or {"id"}, key=lambda field: (field != "season", field))
    first = next((field for field in key if field not in FOLLOWING), key[-1])
    dimensions = {field: [_EXAMPLES[field]] if field in _EXAMPLES else ["1", "2"] for field in key if field != "season"}
    seasons = json.dumps([_EXAMPLES["season"]]) if "date" in key else "[current]"  # that of the date
    values = {
        "name": name,
        "what": what,
        "url": url,
        "host": urlsplit(url).hostname or "",
        "format": body_format,
        "field": f"{{{first}}}",
        "first": first,
        "tail": urlsplit(url).path,
        "path": "/".join(f"{{{field}}}" for field in key),
        "seasons": f"\n    seasons: {seasons}" if "season" in key else "",
        "dimensions": ", ".join(f"{field}: {json.dumps(some)}" for field, some in dimensions.items()),
        "example": ", ".join(f'"{field}": "{_EXAMPLES.get(field, "1")}"' for field in key),
        "module": f"{name}_source",
        "class_name": "".join(part.title() for part in (*name.split("_"), *what.split("_"))),
        "title": name.replace("_", " ").title(),
    }
    return values | {"check": string.Template(_CHECKS[body_format]).substitute(values)}


def _filled(template: str, values: dict[str, str]) -> str:
    return string.Template(template).substitute(values)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise FixMeError(f"{path}: is there already, and stays as it is; choose another --into") from None
    click.echo(f"wrote {path}")
