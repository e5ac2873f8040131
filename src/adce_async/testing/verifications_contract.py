"""What `ports.Verifications` promises, as a test suite; see `testing.queue_contract`."""

# ruff: noqa: D102 - a test's name says its law

from __future__ import annotations

import abc
from contextlib import AbstractAsyncContextManager

from adce_async.ports import Judgement, Verifications

SCORE = '[["401705066","2024-12-15","regular","BOS",112,"NYK",105]]'


class VerificationsContract(abc.ABC):
    """Subclass it as `Test...` and say how to open the adapter."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[Verifications]:
        """The adapter, empty at first; opened again within one test, it has to show the same judgements."""

    async def test_good_and_invalid_ones_are_told_apart_also_when_opened_again(self) -> None:
        async with self.open() as kept:
            assert (await kept.accepted(""), await kept.refused(""), await kept.facts("")) == ({}, {}, {})
            good = {"ant/1.json": Judgement("e1#ant/1"), "ant/2.json": Judgement("e2#ant/1", facts=SCORE)}
            await kept.save(good)
            await kept.save({"ant/3.json": Judgement("e3#ant/1", "RefusedError: id 7, not 'ß'", SCORE)})
        async with self.open() as kept:
            assert await kept.accepted("") == {"ant/1.json": "e1#ant/1", "ant/2.json": "e2#ant/1"}
            assert await kept.refused("") == {"ant/3.json": ("e3#ant/1", "RefusedError: id 7, not 'ß'")}
            assert await kept.facts("") == {"ant/2.json": ("e2#ant/1", SCORE)}

    async def test_the_last_judgement_counts(self) -> None:
        async with self.open() as kept:
            await kept.save({"a": Judgement("e1", "too old", SCORE), "b": Judgement("e1", facts=SCORE)})
            await kept.save({"a": Judgement("e2"), "b": Judgement("e2", "too new")})
        async with self.open() as kept:
            assert await kept.accepted("") == {"a": "e2"}
            assert await kept.refused("") == {"b": ("e2", "too new")}
            assert await kept.facts("") == {}

    async def test_a_prefix_selects(self) -> None:
        keys = ("a/1", "a/2", "ab/1", "a", "a/é", "b")
        async with self.open() as kept:
            await kept.save({key: Judgement("e", facts=SCORE) for key in keys})
            await kept.save({f"{key}.bad": Judgement("e", "bad") for key in keys})
            for prefix in ("", "a", "a/", "c"):
                under = {key for key in keys if key.startswith(prefix)}
                assert (await kept.accepted(prefix)).keys() == under
                assert (await kept.facts(prefix)).keys() == under
                assert (await kept.refused(prefix)).keys() == {f"{key}.bad" for key in under}

    async def test_what_is_forgotten_is_gone(self) -> None:
        async with self.open() as kept:
            await kept.save({"a": Judgement("e"), "b": Judgement("e", "bad"), "c": Judgement("e", facts=SCORE)})
            await kept.forget(["b", "c", "never seen"])
            await kept.forget([])
        async with self.open() as kept:
            assert await kept.accepted("") == {"a": "e"}
            assert await kept.refused("") == {}
            assert await kept.facts("") == {}
