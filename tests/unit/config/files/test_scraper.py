"""Scrapers and their checks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.scraper import Check, ScraperEntry, fields_of
from adce_async.config.files.scraper_config import ScraperConfig


def entry(**written: Any) -> ScraperEntry:
    return ScraperEntry.model_validate({"source": "ant", **written})


def error(model: Any, **written: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        model(**written) if model is entry else model.model_validate(written)
    (one,) = caught.value.errors()
    return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"


def test_a_declared_scraper_and_one_with_a_class() -> None:
    config = ScraperConfig.model_validate(
        {
            "sources": {"ANT": {"hosts": ["ant.test"]}},
            "scrapers": {
                "ant_items": {
                    "source": "Ant",
                    "url": "https://ant.test/items/{id}.json",
                    "params": {"limit": 1000, "day": "{date_compact}"},
                    "format": "JSON",
                    "check": {"equals": {"id": "{id}"}, "required": ["rows"], "min_rows": {"rows": 1}},
                },
                "ant_more": {"source": "ant", "uses": "package.module:Class", "timeout": 7},
            },
        }
    )
    items, more = config.scrapers["ant_items"], config.scrapers["ant_more"]
    assert list(config.sources) == ["ant"]
    assert (items.source, items.format, items.params) == ("ant", "json", {"limit": "1000", "day": "{date_compact}"})
    assert dict(items.templates()) == {
        ("url",): {"id"},
        ("params", "limit"): set(),
        ("params", "day"): {"date_compact"},
        ("check", "equals", "id"): {"id"},
    }
    assert (more.uses, more.timeout_seconds, more.check) == ("package.module:Class", 7, None)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({}, ": says not what to fetch; expected 'uses: package.module:Class', or 'url' and 'check'"),
        ({"url": "https://a.test/"}, ": has a 'url' but no 'check'; expected one: a 200 alone proves nothing"),
        ({"uses": "package.module"}, "uses: expected package.module:Class"),
        ({"uses": "package/module:Class"}, "uses: expected package.module:Class"),
        ({"uses": "a.b:C", "format": "xml"}, "format: expected json, html, csv, parquet or bytes"),
        (
            {"uses": "a.b:C", "timeout_seconds": 0},
            "timeout_seconds: expected a number of seconds, 0.01 or greater, at most 31536000 (a year)",
        ),
        ({"uses": "a.b:C", "params": {"x": "{a b}"}}, "params.x: expected text; {fields} are written in lower case"),
    ],
)
def test_what_cannot_work_is_an_error(written: dict[str, Any], problem: str) -> None:
    assert error(entry, **written) == problem


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ant.test/{id}",
        "ftp://ant.test/{id}",
        "https:///x",
        "https://{host}/x",
        "https://user:password@ant.test/",
        "https://ant.test/{ID}",
        "https://ant.test/{}",
        "https://ant.test/{id",
        "https://ant.test/{id!r}",
        "https://ant.test/{id:>5}",
        "https://ant.test/{id.x}",
        "https://ant.test/a b",
        "https://ant.test/#x",
    ],
)
def test_no_urls(url: str) -> None:
    assert error(entry, url=url, check={"required": ["x"]}).startswith("url: expected a URL such as")


@pytest.mark.parametrize(
    ("body_format", "check", "problem"),
    [
        ("json", {}, "check: checks nothing; expected at least one of equals, required, min_rows,"),
        ("json", {"title": "x"}, "check.title: has no meaning for 'format: json'; expected it with html only"),
        ("html", {"equals": {"a": "b"}}, "check.equals: has no meaning for 'format: html'; expected it with json, csv"),
        ("bytes", {"required": ["a"]}, "check.required: has no meaning for 'format: bytes'; expected it with json,"),
        ("csv", {"min_rows": {"other": 1}}, "check.min_rows: of a csv file only {rows: NUMBER} can be asked"),
    ],
)  # fmt: skip
def test_checks_that_say_nothing_about_their_format(body_format: str, check: dict[str, Any], problem: str) -> None:
    assert error(entry, url="https://ant.test/", format=body_format, check=check).startswith(f": {problem}")


def test_a_parquet_file_shows_by_itself_whether_it_is_whole() -> None:
    assert entry(url="https://ant.test/x", format="parquet", check={}).check == Check()


def test_a_rate_of_zero_of_the_predecessor_is_an_error() -> None:
    problem = "rate_limit.requests_per_second: expected a number, greater than 0, at most 1e12"
    assert error(entry, uses="a.b:C", rate_limit={"requests_per_second": 0.0}) == problem


def test_fields_of_a_template() -> None:
    assert fields_of("a{{b}}/{c}/{c}/{d_1}") == {"c", "d_1"}
    for bad in ("{0}", "{}", "{a[0]}", "{", "}"):
        with pytest.raises(ValueError, match=r"."):
            fields_of(bad)
