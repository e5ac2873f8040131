"""What is said of lines that were not written. (The rest is seen in test_logs, in processes of its own.)"""

from __future__ import annotations

import json
import logging

from adce_async.cli.log_lines import Sinks, dropped_json, dropped_text


def test_lines_that_nobody_read_are_counted_in_the_form_of_the_others() -> None:
    assert json.loads(dropped_json(3))["count"] == 3
    assert dropped_text(3).endswith("count=3\n")


def test_a_component_has_its_own_level_or_that_of_all() -> None:
    sinks = Sinks()
    sinks.least, sinks.least_of = logging.WARNING, {"survey": logging.DEBUG}
    assert sinks.wants("survey", logging.DEBUG)
    assert not sinks.wants("pool", logging.INFO)
    assert sinks.wants("pool", logging.WARNING)


def test_before_anything_is_configured_nothing_is_written() -> None:
    Sinks().write(None, "info", {"event": "nobody asked"})
    assert list(Sinks().repeats.all()) == []
