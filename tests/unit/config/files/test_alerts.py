"""Channels of alerts need an address, and keep it to themselves."""

from __future__ import annotations

from tests.unit.config.refused import error

from adce_async.config.files.alerts import Alerts


def test_channels_need_an_address_once_they_are_on() -> None:
    assert "webhook_url: is no URL" in error(Alerts, {"channels": {"slack": {"enabled": True}}})
    assert "sns_topic_arn: got ''" in error(Alerts, {"channels": {"email": {"enabled": True}}})
    on = {"slack": {"enabled": True, "webhook_url": "https://hooks.test/x"}}
    assert Alerts.model_validate({"channels": on}).channels.slack.enabled is True


def test_the_webhook_is_not_in_the_message() -> None:
    slack = {"enabled": True, "webhook_url": "hooks.test/SECRET"}
    assert "SECRET" not in error(Alerts, {"channels": {"slack": slack}})


def test_a_bare_value_switches_them() -> None:
    assert Alerts.model_validate(False).enabled is False
