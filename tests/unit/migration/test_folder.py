"""Files as people have them: any encoding that YAML allows is read, and what is broken is named with its line."""

from __future__ import annotations

import pytest
from tests.yaml_text import parsed

from .conftest import OldFolder, run

TEXT = "# größer\r\nenabled: true # ja\r\nuse_aws_inventory: true\r\nlogging: {level: INFO}\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_line_ends(old: OldFolder, encoding: str):
    old.write("config/autonomous_config.yaml", TEXT.encode(encoding))
    text = old.migrate().files["config/autonomous_config.yaml"]
    assert text == "# größer\nenabled: true # ja\nlogging:\n  level: INFO\n"


def test_anchors_and_merges_are_written_out(old: OldFolder):
    old.write(
        "config/autonomous_config.yaml",
        """
        rate_limiting:
          source_limits:
            espn: &slow {requests_per_minute: 5}
            hoopr: *slow
            nba_api: {<<: *slow, burst_size: 2}
        """,
    )
    new = parsed(old.migrate().files["config/autonomous_config.yaml"])
    assert new["rate_limiting"]["source_limits"]["nba_api"] == {"requests_per_minute": 5, "burst_size": 2}
    assert new["rate_limiting"]["source_limits"]["hoopr"] == {"requests_per_minute": 5}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"a: 1\n\tb: 2\n", ":2: not valid YAML"),
        (b"enabled: true\nenabled: false\n", ":2: enabled: given twice, first in line 1"),
        (b"a: 1\n\xff\xfe: 2\n", ":2: not UTF-8 text"),
        (b"a: {b: 1\n", "not valid YAML"),
        (b"- a\n", ":1: got a list"),
        (b"a: !!python/object:os.system x\n", ":1: 'tag:yaml.org,2002:python/object:os.system'"),
        (b"a: \x00\n", "not valid YAML"),
    ],
)
def test_what_is_broken_is_named_and_nothing_is_written(
    old: OldFolder, raw: bytes, said: str, capsys: pytest.CaptureFixture[str]
):
    old.whole()
    path = old.write("config/autonomous_config.yaml", raw)
    assert run("migrate", old.root) == 2
    told = capsys.readouterr().err
    assert str(path) in told
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (old.root / "adce").exists()


@pytest.mark.parametrize("raw", [b"", b"\n", b"# only a comment\n", b"---\n", b"{}\n"])
def test_empty_files(old: OldFolder, raw: bytes):
    for name in ("config/autonomous_config", "config/scraper_config", "inventory/data_inventory"):
        old.write(f"{name}.yaml", raw)
    assert run("migrate", old.root) == 0
    assert old.problems() == []


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"tasks": [', ":1: not JSON"),
        (b"", ":1: not JSON"),
        (b"[]", ':1: expected an object with a list "tasks"'),
        (b"\xff", ":1: not JSON"),
        (b"[" * 100_000, ":1: not JSON"),
    ],
)
def test_a_torn_queue_is_said_and_the_rest_is_written(
    old: OldFolder, raw: bytes, said: str, capsys: pytest.CaptureFixture[str]
):
    path = old.whole().write("inventory/gaps.json", raw)
    assert run("migrate", old.root) == 2
    assert f"{path}{said}" in capsys.readouterr().err
    assert (old.root / "adce" / "config" / "scraper_config.yaml").exists()
    assert not (old.root / "adce" / "inventory" / "gaps.json").exists()
    assert old.problems() == []
