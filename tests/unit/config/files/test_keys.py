"""Walking through the keys of models."""

from __future__ import annotations

from tests.unit.config.files.samples import Inner, Outer

from adce_async.config.files.keys import changes, dotted_keys, fold, is_secret, leaves, matches, model_in, step


def test_step_follows_keys_through_every_kind_of_type() -> None:
    assert step(Outer, "inner") is Inner
    assert step(step(Outer, "by_source"), "anything") is Inner
    assert step(step(Outer, "many"), "0") is Inner
    assert step(step(Outer, "optional"), "new") is not None
    assert step(Outer, "nothing") is None
    assert step(int, "x") is None
    assert model_in(step(Outer, "optional")) is Inner
    assert model_in(int) is None


def test_leaves_are_all_values_with_their_keys() -> None:
    found = {
        ".".join(path): value
        for path, value in leaves(Outer.model_validate({"by_priority": {"LOW": 1}, "many": ["y"]}))
    }
    assert found == {
        "inner.new": "x",
        "inner.seconds": 1,
        "by_source": {},
        "by_priority.LOW": 1,
        "many.0.new": "y",
        "many.0.seconds": 1,
        "flag": True,
        "switch": False,
        "optional": None,
    }


def test_changes_are_what_is_not_as_it_would_be_if_nobody_had_said_anything() -> None:
    found = changes(Outer.model_validate({"flag": True, "inner": {"new": "y"}, "by_source": {"ant": {"seconds": 1}}}))
    assert list(found) == [(("inner", "new"), "y", "x")]
    required = changes(Outer.model_validate({"many": ["y"]}))
    assert [(".".join(path), value) for path, value, _ in required] == [("many.0.new", "y")]


def test_dotted_keys_are_those_with_fixed_names() -> None:
    assert list(dotted_keys(Outer))[:3] == ["inner", "inner.new", "inner.seconds"]
    assert "by_source.new" not in dotted_keys(Outer)


def test_secrets_are_known_by_the_last_part_of_their_key() -> None:
    assert is_secret("alerts.channels.slack.webhook_url")
    assert not is_secret("webhook_url.port")


def test_paths_are_folded_and_matched() -> None:
    assert fold(("Sources", "ESPN")) == ("sources", "espn")
    assert matches(("sources", "*"), ("sources", "espn"))
    assert not matches(("sources",), ("sources", "espn"))
