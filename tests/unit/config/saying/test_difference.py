from __future__ import annotations

from pathlib import Path

from adce_async.config.reading.load import load
from adce_async.config.saying.difference import differences
from adce_async.config.settings import Overrides, Settings


def settings(folder: Path, text: str, **environ: str) -> Settings:
    (folder / "autonomous_config.yaml").write_text(text)
    return load(Overrides(config_dir=folder, inventory_dir=folder, lake=folder.as_uri()), environ)


def test_what_is_the_same_is_no_difference(tmp_path: Path) -> None:
    before = settings(tmp_path, "max_retries: 2\n")
    assert [*differences(before, settings(tmp_path, "max_retries: 2 # twice\n"))] == []


def test_each_value_that_differs_is_named_with_what_it_was_and_is(tmp_path: Path) -> None:
    before = settings(tmp_path, "max_retries: 2\nlogging: {level: INFO}\n")
    found = [*differences(before, settings(tmp_path, "max_retries: 4\n"))]
    assert [str(each) for each in found] == ["autonomous_config.max_retries: 2 -> 4"]
    assert not found[0].waits


def test_a_section_that_comes_and_goes_is_named(tmp_path: Path) -> None:
    without = settings(tmp_path, "")
    with_it = settings(tmp_path, 'scheduled_tasks: {nightly: {schedule: "0 2 * * *"}}\n')
    key = "autonomous_config.scheduled_tasks.nightly.schedule"
    assert f"{key}: unset -> 0 2 * * *" in [str(each) for each in differences(without, with_it)]
    assert f"{key}: 0 2 * * * -> unset" in [str(each) for each in differences(with_it, without)]


def test_a_secret_is_masked_and_a_long_value_is_cut(tmp_path: Path) -> None:
    before = settings(tmp_path, "")
    after = settings(tmp_path, "", ADCE_ALERTS__CHANNELS__SLACK__WEBHOOK_URL="https://hooks.test/s3cret")
    (found,) = differences(before, after)
    assert "s3cret" not in str(found)
    (long,) = differences(
        before, settings(tmp_path, f"alerts: {{channels: {{email: {{subject_prefix: {'x' * 500}}}}}}}\n")
    )
    assert str(long).endswith("xxx...")
    assert len(str(long)) < 250


def test_what_waits_for_a_restart_says_why(tmp_path: Path) -> None:
    before = settings(tmp_path, "")
    found = {each.path: each.waits for each in differences(before, settings(tmp_path, "health_check: {port: 1}\n"))}
    assert found == {"autonomous_config.health_check.port": "the server listens where it began"}
