"""One message to people: its title, its text, as JSON."""

from __future__ import annotations

from adce_async.model.alert import Alert, SlackSettings


def test_what_is_told_of_a_recovery_names_what_it_was() -> None:
    alert = Alert("recovered", "lake", "service", "no space", 0.0)
    assert alert.message == "lake: works again\nit was: no space"
    assert Alert("raised", "lake", "service", "no space", 0.0).message == "lake: trouble\nno space"
    assert Alert("digest", "Daily digest", "digest", "all is well", 0.0).title == "Daily digest"
    assert alert.as_dict() == {
        "kind": "recovered", "name": "lake", "condition": "service", "text": "no space", "at": "1970-01-01T00:00:00Z",
        "times": 1,
    }  # fmt: skip


def test_a_webhook_does_not_stand_in_what_is_printed() -> None:
    assert "hooks" not in repr(SlackSettings("https://hooks.test/T000"))
