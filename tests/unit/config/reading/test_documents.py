"""YAML as it is read: lines, plain scalars, and everything that a file must not be."""

from __future__ import annotations

import errno
import math
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from adce_async.config.reading.documents import MAX_BYTES, parse_value, read_layer
from adce_async.config.reading.salvage import read_sections


def read(tmp_path: Path, text: str | bytes) -> tuple[dict[str, Any], dict[str, int | None], list[str]]:
    """(data, dotted key -> line, problems) of one file."""
    path = tmp_path / "some.yaml"
    path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode())
    layer, problems = read_layer(path)
    assert layer is not None
    lines = {".".join(key): origin.line for key, origin in layer.origins.items()}
    return layer.data, lines, [str(problem).removeprefix(f"{path}") for problem in problems]


def test_every_key_and_item_knows_its_line(tmp_path: Path) -> None:
    data, lines, problems = read(
        tmp_path,
        """
        # a comment
        a: 1
        b:
          c: [x, y]
          d:
            - 1
            - e: 2
        """,
    )
    assert data == {"a": 1, "b": {"c": ["x", "y"], "d": [1, {"e": 2}]}}
    assert lines == {"a": 2, "b": 3, "b.c": 4, "b.c.0": 4, "b.c.1": 4, "b.d": 5, "b.d.0": 6, "b.d.1": 7, "b.d.1.e": 7}
    assert problems == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-12-15", "2024-12-15"),
        ("2024-12-15 10:00:00", "2024-12-15 10:00:00"),
        ("12:30:45", "12:30:45"),
        ("02:00", "02:00"),
        ("0022400561", "0022400561"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1e5", "1e5"),
        ("+5", "+5"),
        ("-7", -7),
        ("0", 0),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1.0e3", 1000.0),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("True", True),
        ("yes", "yes"),
        ("off", "off"),
        ("~", None),
        ("NULL", None),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("[1, '2', a b]", [1, "2", "a b"]),
        ("{a: 1}", {"a": 1}),
        ("9" * 400, "9" * 400),
    ],
)
def test_scalars_are_what_they_look_like(text: str, value: object) -> None:
    assert parse_value(text) == value


def test_not_a_number_stays_one() -> None:
    assert math.isnan(parse_value(".NaN"))


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == ({}, {}, [])
    assert read(tmp_path, "# nothing\n---\n...\n") == ({}, {}, [])


def test_a_byte_order_mark_and_windows_lines_are_no_harm(tmp_path: Path) -> None:
    data, lines, problems = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert (data, lines, problems) == ({"a": 1, "b": 2}, {"a": 1, "b": 2}, [])


def test_a_key_given_twice_is_named_with_both_lines_and_the_rest_is_read(tmp_path: Path) -> None:
    data, _, problems = read(tmp_path, "a:\n  b: 1\n  c: 2\n  b: 3\nd: 4\nd: 5\n")
    assert problems == [
        ":4: a.b: given twice, first in line 2; expected one of them",
        ":6: d: given twice, first in line 5; expected one of them",
    ]
    assert data == {"a": {"b": 1, "c": 2}, "d": 4}


def test_anchors_and_merges_work(tmp_path: Path) -> None:
    data, lines, problems = read(
        tmp_path,
        """
        base: &base {x: 1, y: [1, 2]}
        more: &more {y: 0, z: 3}
        one: {<<: *base, x: 2}
        two: {<<: [*base, *more]}
        three: *base
        """,
    )
    assert problems == []
    assert data["one"] == {"x": 2, "y": [1, 2]}
    assert data["two"] == {"x": 1, "y": [1, 2], "z": 3}
    assert data["three"] == data["base"]
    assert (lines["three"], lines["three.x"], lines["one.x"]) == (5, 1, 3)


NO_TAGS = "tags are not supported; expected plain values"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1\nb: 2\n", ":2: not valid YAML: did not find expected ',' or ']' (line 2, column 2)"),
        ("a: 1\n\tb: 2\n", ":2: not valid YAML: found a tab character that violates indentation (line 2, column 1)"),
        ("a: b: c\n", ":1: not valid YAML: mapping values are not allowed in this context (line 1, column 5)"),
        ("a: 'x\n", ":2: not valid YAML: found unexpected end of stream (line 2, column 1)"),
        ("a: \x00\n", ": not valid YAML: control characters are not allowed"),
        ("a: 1\n---\nb: 2\n", ":2: holds several documents; expected one, without '---' inside"),
        ("- a\n- b\n", ":1: got a list; expected keys with values"),
        ("just text\n", ":1: got 'just text'; expected keys with values"),
        ("a: *x\n", ":1: '*x' is used before it is defined"),
        ("a: &x [*x]\n", ":1: '*x' is used inside itself"),
        ("a: !!python/object:x {}\n", ":1: 'tag:yaml.org,2002:python/object:x': " + NO_TAGS),
        ("a: !!timestamp 2024-12-15\n", ":1: 'tag:yaml.org,2002:timestamp': " + NO_TAGS),
        ("? [a]\n: 1\n", ":1: a key is empty or a list or section; expected plain text"),
        ("a: {<<: 5}\n", ":1: '<<' takes sections only; expected '<<: *name'"),
    ],
)  # fmt: skip
def test_what_a_file_must_not_be_is_said_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    _, _, problems = read(tmp_path, text)
    assert problems == [problem]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    _, _, problems = read(tmp_path, b"a: 1\nb: \xff\n")
    assert problems == [":2: not UTF-8 text (byte 8); expected UTF-8"]


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    _, _, problems = read(tmp_path, b"#" * (MAX_BYTES + 1))
    assert problems == [": larger than 10 MB; expected a smaller file"]


def test_nesting_is_bounded_however_deep(tmp_path: Path) -> None:
    deep = "a: " + "[" * 49 + "]" * 49
    assert read(tmp_path, deep)[2] == []
    for bad in ("a: " + "[" * 50 + "]" * 50, "[" * 200_000, "{a: " * 60):
        assert read(tmp_path, bad)[2] == [":1: nested deeper than 50 levels; expected a flatter file"]


def test_a_billion_laughs_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    _, _, problems = read(tmp_path, "\n".join(lines))
    assert len(problems) == 1
    assert "aliases repeat more than 100000 values" in problems[0]


def test_aliases_cannot_nest_deeper_either(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60))]
    assert read(tmp_path, "\n".join(lines))[2] == [":49: nested deeper than 50 levels; expected a flatter file"]


def test_a_missing_file_is_no_problem_of_the_reader(tmp_path: Path) -> None:
    assert read_layer(tmp_path / "none.yaml") == (None, [])


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    _, problems = read_layer(tmp_path)
    assert [str(p) for p in problems] == [f"{tmp_path}: cannot be read: Is a directory; expected a readable file"]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    path = tmp_path / "secret.yaml"
    path.write_text("")
    monkeypatch.setattr(Path, "open", refuse)  # root, who may run the tests, is refused nothing
    _, problems = read_layer(path)
    assert [str(p) for p in problems] == [f"{path}: cannot be read: Permission denied; expected a readable file"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    for read_it in (read_layer, read_sections):
        assert [str(p) for p in read_it(path)[1]] == [f"{path}: is a pipe; expected a file"]


def test_the_pure_python_parser_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x {b: [1, two]}\nc: {<<: *x, d: 02:00}\n"
    fast = read(tmp_path, text)
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert read(tmp_path, text) == fast
    assert read(tmp_path, "[" * 2000)[2] == [":1: nested deeper than 50 levels; expected a flatter file"]


def test_an_unhelpful_value_of_the_environment_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="not valid YAML: "):
        parse_value("[1, ")
    with pytest.raises(ValueError, match="tags are not supported"):
        parse_value("!!binary x")


@pytest.mark.parametrize("text", ["*s3cret", "!s3cret x"])
def test_a_password_that_yaml_takes_for_something_else_is_not_quoted(tmp_path, text: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"password: {text}\n")
    _, (problem,) = read_layer(file)
    assert problem.line == 1
    assert "s3cret" not in str(problem)
