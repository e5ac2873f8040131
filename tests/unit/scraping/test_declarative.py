"""Declared checks: what each rule means in each format, what must be whole, what a refusal says."""

from __future__ import annotations

import tracemalloc

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.errors import BlockedError, FixMeError, NotFoundError, PermanentError, RefusedError
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import CheckRules, DeclarativeScraper, dig

WANT = Want("k", "items", {"id": "7", "season": "2024-25", "date": "2024-12-05"})


def scraper(format: str, **rules) -> DeclarativeScraper:  # noqa: A002
    return DeclarativeScraper("s", "ant", "https://ant.test/{id}", format=format, check=CheckRules(**rules))


def check(format: str, body: str | bytes, **rules) -> None:  # noqa: A002
    raw = body.encode() if isinstance(body, str) else body
    scraper(format, **rules).check(Page("https://ant.test/7", raw), WANT)


def test_the_documented_example():
    rules = {"equals": {"id": "{id}"}, "required": ("rows",), "min_rows": {"rows": 1}}
    check("json", '{"id": 7, "rows": [1]}', **rules)
    check("json", '{"id": "7", "rows": [{}]}', **rules)
    for body, reason in [
        ('{"id": 8, "rows": [1]}', "id: expected '7', found '8'"),
        ('{"rows": [1]}', "id: expected '7', found nothing"),
        ('{"id": [7], "rows": [1]}', "id: expected '7', found a list of 1"),
        ('{"id": 7}', "rows: required, and not there"),
        ('{"id": 7, "rows": null}', "rows: required, and not there"),
        ('{"id": 7, "rows": []}', "rows: expected at least 1 rows, found 0"),
        ('{"id": 7, "rows": {"a": 1}}', "rows: expected a list, found an object of 1"),
    ]:
        with pytest.raises(RefusedError) as caught:
            check("json", body, **rules)
        assert caught.value.reason == reason
        assert (caught.value.status, caught.value.head) == (200, body)


@pytest.mark.parametrize(
    ("value", "text", "same"),
    [
        ("7", "7", True),
        ("true", "true", True),
        ("2.5", "2.5", True),
        ('"0022400561"', "0022400561", True),
        ("22400561", "0022400561", False),
        ("null", "nothing", False),
        ("null", "None", False),
        ("[]", "[]", False),
        ('" 7"', "7", False),
    ],
)
def test_values_compare_by_their_text(value, text, same):
    if same:
        check("json", f'{{"a": {value}}}', equals={"a": text})
    else:
        with pytest.raises(RefusedError):
            check("json", f'{{"a": {value}}}', equals={"a": text})


def test_templates_know_the_derived_fields():
    rules = {"equals": {"meta.0.day": "{date_compact}", "meta.0.year": "{season_end}"}}
    check("json", '{"meta": [{"day": "20241205", "year": 2025}]}', **rules)
    with pytest.raises(RefusedError, match=r"meta\.0\.year: expected '2025', found '2024'"):
        check("json", '{"meta": [{"day": "20241205", "year": 2024}]}', **rules)


def test_a_template_of_an_unknown_field_can_never_be_met():
    with pytest.raises(PermanentError, match=r"no field 'game_id'.*date.*season_end"):
        check("json", "{}", equals={"a": "{game_id}"})


def test_forbidden_paths_may_be_null():
    check("json", '{"error": null, "a": 1}', forbidden=("error", "b.c"))
    with pytest.raises(RefusedError, match="error: must not be there, found an object of 1"):
        check("json", '{"error": {"code": 404}}', forbidden=("error",))


def test_the_whole_document_can_be_counted():
    check("json", "[1, 2]", min_rows={".": 2})
    with pytest.raises(RefusedError):
        check("json", "[1]", min_rows={".": 2})


@pytest.mark.parametrize("body", ["", "{", '{"a": 1', '{"a": 1}}', "7", '"text"', "null", "true", "Not JSON"])
def test_only_a_whole_object_or_list_is_json(body):
    with pytest.raises(RefusedError):
        check("json", body)


TEXT = st.text('ab0.{["\\é', max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, JSON, min_size=1, max_size=3), st.floats(0, 1, exclude_max=True))
def test_no_prefix_of_a_json_body_is_accepted(document, part):
    body = orjson.dumps(document)
    check("json", body)
    with pytest.raises(RefusedError):
        check("json", body[: int(len(body) * part)])


@given(JSON, st.text("a.0", max_size=6))
def test_no_path_breaks_on_any_document(document, path):
    dig(document, path)


def html(title="Game 7", canonical="https://ant.test/boxscores/7.html", rows=3, end="</html>\n") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title><link rel='canonical' href='{canonical}'></head><body>"
        f"<table id=t>{'<tr><td>1</td></tr>' * rows}</table></body>{end}"
    )


HTML = {"title": "Game {id}", "canonical": "/boxscores/{id}.html", "required": ("table#t",), "min_rows": {"#t tr": 2}}


def test_html_rules():
    check("html", html(), forbidden=(".error",), **HTML)
    check("html", html(canonical="/boxscores/7.html"), **HTML)
    check("html", html(), canonical="https://ant.test/boxscores/{id}.html")
    check("html", html(), canonical="{id}.html")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (html(title="Game 8"), "title: expected 'Game 7' in it, found 'Game 8'"),
        (html(canonical="https://ant.test/boxscores/17.html"), "canonical link: expected '/boxscores/7.html'"),
        (html(canonical=""), "canonical link"),
        (html(rows=1), "#t tr: expected at least 2 rows, found 1"),
        (html().replace("id=t", "id=u"), "table#t: required"),
        (html(end=""), "cut short"),
        (html().replace("<table", "<!-- <table").replace("</table>", "</table> -->"), "table#t: required"),
    ],
)
def test_html_refusals(body, reason):
    with pytest.raises(RefusedError) as caught:
        check("html", body, **HTML)
    assert caught.value.reason.startswith(reason)


def test_the_end_of_a_canonical_link_begins_at_a_slash():
    with pytest.raises(RefusedError, match="canonical"):
        check("html", html(canonical="https://ant.test/17.html"), canonical="{id}.html")


def test_forbidden_selectors():
    with pytest.raises(RefusedError, match="table: must not match"):
        check("html", html(), forbidden=("table",))


def test_block_pages_come_first_in_every_format():
    for format_ in ("json", "html", "csv", "parquet", "bytes"):
        with pytest.raises(BlockedError):
            check(format_, "<html><title>Access Denied</title></html>")
        with pytest.raises(NotFoundError):
            check(format_, "Not Found")
    for format_ in ("json", "csv", "parquet", "bytes"):
        with pytest.raises(RefusedError, match="HTML"):
            check(format_, "<html><title>Welcome</title></html>")


CSV = 'id,season,note\r\n1,2025,"a, b"\r\n2,2025,"two\nlines"\r\n'


def test_csv_rules():
    check("csv", CSV, required=("note",), forbidden=("x",), equals={"season": "{season_end}"}, min_rows={"rows": 2})
    check("csv", "\ufeff" + CSV, required=("id",))
    check("csv", "id\n")
    check("csv", "id,b\n1,\n\n")


@pytest.mark.parametrize(
    ("body", "rules", "reason"),
    [
        ("", {}, "empty"),
        ("\n", {}, "no header"),
        (CSV, {"required": ("x",)}, "x: required"),
        (CSV, {"forbidden": ("note",)}, "note: must not be a column"),
        (CSV, {"equals": {"season": "2024"}}, "line 2: season: expected '2024', found '2025'"),
        (CSV, {"equals": {"x": "2024"}}, "x: required"),
        ("season\n", {"equals": {"season": "2024"}}, "season: no row to compare"),
        (CSV, {"min_rows": {"rows": 3}}, "rows: expected at least 3 rows, found 2"),
        (CSV.rstrip() + "\n3,2025,a", {}, "cut short"),
        (CSV + "3,2025\n", {}, "line 5: expected 3 fields, found 2"),
        (CSV + "3,2025,a,b\n", {}, "line 5: expected 3 fields, found 4"),
        (CSV + '3,2025,"open\n', {}, "line 5: not CSV"),
        ('{"error": "no such file"}\n', {}, "JSON or XML"),
    ],
)
def test_csv_refusals(body, rules, reason):
    with pytest.raises(RefusedError) as caught:
        check("csv", body, **rules)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize("body", ["a" * 200_000 + "\n", "id\n" + "1" * 200_000 + "\n", 'id,b\n1,"a"b\n'])
def test_what_the_csv_reader_refuses(body):
    with pytest.raises(RefusedError, match="not CSV"):
        check("csv", body, required=("id",))


@pytest.mark.parametrize(("head", "line"), [(b"", 1), (b"id,name\n1,a\n", 3)])
def test_a_csv_line_without_an_end_is_not_read_into_memory(tmp_path, head, line):
    path = tmp_path / "body"
    path.write_bytes(head + b"1," * 12_000_000 + b"\n")
    tracemalloc.start()
    try:
        with pytest.raises(RefusedError, match=f"line {line}: not CSV: longer than 1000000 characters"):
            scraper("csv").check(Page("https://ant.test/7", b"", file=path), WANT)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


def test_long_lines_of_csv_within_the_limit():
    wide = ",".join(["1"] * 400_000)
    check("csv", f"{wide}\n{wide}\n")


PARQUET = b"PAR1" + b"data" * 5 + b"footer!!" + (8).to_bytes(4, "little") + b"PAR1"


def test_parquet():
    check("parquet", PARQUET)
    for bad in [
        b"",
        b"PAR1",
        PARQUET[:-1],
        PARQUET[4:],
        b"PAR1" + (0).to_bytes(4, "little") + b"PAR1",
        b"PAR1" + (5000).to_bytes(4, "little") + b"PAR1",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    ]:
        with pytest.raises(RefusedError):
            check("parquet", bad)


@given(st.integers(0, len(PARQUET) - 1))
def test_no_prefix_of_a_parquet_body_is_accepted(cut):
    with pytest.raises(RefusedError):
        check("parquet", PARQUET[:cut])


def test_bytes():
    check("bytes", b"\x00\x01")
    for bad in (b"", b" \n"):
        with pytest.raises(RefusedError, match="empty"):
            check("bytes", bad)


def test_content_type():
    zipped = scraper("bytes", content_type="application/ZIP")
    zipped.check(Page("u", b"PK", headers={"content-type": "Application/zip; x=y"}), WANT)
    with pytest.raises(RefusedError, match="content type: expected 'application/ZIP', found ''"):
        zipped.check(Page("u", b"PK"), WANT)


@pytest.mark.parametrize(
    ("format_", "rules", "problem"),
    [
        ("yaml", {}, "format: 'yaml' is unknown, expected one of json, html, csv, parquet, bytes"),
        ("json", {"title": "x"}, "title: has no meaning for format json"),
        ("html", {"equals": {"a": "b"}}, "equals: has no meaning for format html"),
        ("parquet", {"min_rows": {"rows": 1}}, "min_rows: has no meaning for format parquet"),
        ("csv", {"min_rows": {"lines": 1}}, "min_rows: of a csv only {rows: NUMBER} can be asked"),
        ("json", {"equals": {"a": "{id"}}, "equals.a: '{id' is no template"),
        ("json", {"equals": {"a": "{}"}}, "equals.a: '{}' is no template"),
        ("html", {"title": "{0}"}, "title: '{0}' is no template"),
        ("html", {"required": ("p[",)}, "required: 'p[' is no CSS selector"),
        ("html", {"min_rows": {"##": 1}}, "min_rows: '##' is no CSS selector"),
    ],
)
def test_rules_that_can_not_work_are_named_at_once(format_, rules, problem):
    assert [found for found in CheckRules(**rules).problems(format_) if found.startswith(problem)]
    with pytest.raises(FixMeError):
        scraper(format_, **rules)


def test_good_rules_have_no_problems():
    assert CheckRules(**HTML).problems("html") == []
    assert CheckRules().problems("bytes") == []


def test_captured_data_files(captures):
    check("csv", captures.body("hoopr", "team_box_2022.csv"), required=("game_id",), min_rows={"rows": 2000})
    check("csv", captures.body("hoopr", "pbp_subset_columns_2022.csv"))
    check("csv", captures.body("kaggle", "wyattowalsh_team.csv"), min_rows={"rows": 30})
    check("parquet", captures.body("hoopr", "PROXY_nbadb_dim_team_sample.parquet"))
    for folder, file, format_ in [
        ("hoopr", "DERIVED_truncated_team_box.csv", "csv"),
        ("hoopr", "SYNTHETIC_200_git_lfs_pointer.parquet", "parquet"),
        ("nba_cdn", "DERIVED_truncated_playbyplay.json", "json"),
        ("nba_stats", "DERIVED_truncated_playbyplayv2.json", "json"),
        ("basketball_reference", "DERIVED_truncated_boxscore.html", "html"),
    ]:
        with pytest.raises(RefusedError):
            check(format_, captures.body(folder, file))


def test_no_cut_of_a_captured_csv_within_a_line_is_accepted(captures):
    body = captures.body("hoopr", "team_box_2022.csv")
    for part in range(1, 15):
        cut = len(body) * part // 15
        with pytest.raises(RefusedError):
            check("csv", body[:cut] if body[cut - 1 : cut] != b"\n" else body[: cut - 1])
