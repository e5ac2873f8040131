"""autonomous_config.yaml and reconciliation_config.yaml."""

from __future__ import annotations

from tests.yaml_text import parsed

from .conftest import OldFolder


def test_old_keys_get_their_names_and_what_does_nothing_goes(old: OldFolder):
    text = old.whole().migrate().files["config/autonomous_config.yaml"]
    assert text == (
        "# How it ran\n"
        "# (made by hand)\n"
        "\n"
        "enabled: true\n"
        "rate_limiting:\n"
        "  source_limits:\n"
        "    # our best source\n"
        "    espn:\n"
        "      requests_per_minute: 50 # a promise\n"
        "alerts:\n"
        "  channels:\n"
        "    slack:\n"
        "      enabled: false\n"
        '      webhook_url: "https://hooks.test/T0/SECRET"\n'
        "logging:\n"
        "  level: DEBUG\n"
        "reconciliation_interval_minutes: 120 # twice as rarely\n"
        "priority_weighting:\n"
        "  age_weight: 0.25\n"
    )


def test_each_key_is_accounted_for(old: OldFolder):
    rows = old.whole().rows()

    def told(what: str) -> tuple[str, str]:
        return rows[what].outcome, rows[what].new

    assert told("enabled") == ("taken", "")
    assert told("reconciliation_interval_hours") == ("renamed", "reconciliation_interval_minutes")
    assert told("task_processing.priority_weighting.age_weight") == ("renamed", "priority_weighting.age_weight")
    assert told("rate_limiting.source_limits.nobody.requests_per_minute") == ("dropped", "")
    assert told("task_queue_file") == ("dropped", "")
    assert told("logging.format") == ("dropped", "")
    assert told("s3.prefixes") == ("dropped", "")
    assert told("s3.bucket") == ("taken", "")
    assert rows["s3.bucket"].line == 2


def test_values_that_are_refused_are_dropped_with_the_reason(old: OldFolder):
    old.write(
        "config/autonomous_config.yaml",
        """
        max_concurrent_scrapers: lots
        max_retries: 2
        unheard_of: 1
        reconciliation_interval_hours: 1
        reconciliation_interval_minutes: 15
        maintenance: {windows: [{day: Sunday, start_time: "02:00", end_time: "02:00"}]}
        alerts: {channels: {email: {enabled: true, sns_topic_arn: nonsense}}}
        retry_delay_seconds: 900
        """,
    )
    rows = old.rows()
    assert rows["max_concurrent_scrapers"].why == "got 'lots' (text); expected a whole number from 1 to 1000"
    assert rows["unheard_of"].why.startswith("unknown key")
    assert "given twice" in rows["reconciliation_interval_hours"].why
    new = parsed(old.migrate().files["config/autonomous_config.yaml"])
    assert (new["max_retries"], new["reconciliation_interval_minutes"]) == (2, 15)
    assert all(row.why for row in rows.values() if row.outcome == "dropped")
