"""Judgements in memory: the reference for `ports.Verifications`. Its content outlives closing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from adce_async.ports import Judgement


class MemoryVerifications:
    """`ports.Verifications` in a dictionary; `saved` counts calls of `save`."""

    def __init__(self) -> None:
        self.judged: dict[str, Judgement] = {}
        self.saved = 0

    async def accepted(self, prefix: str) -> Mapping[str, str]:
        """Key -> tag of all objects under `prefix` that were found good."""
        return {key: one.tag for key, one in self._under(prefix).items() if not one.reason}

    async def refused(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        """Key -> (tag, reason) of all objects under `prefix` that were found invalid."""
        return {key: (one.tag, one.reason) for key, one in self._under(prefix).items() if one.reason}

    async def facts(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        """Key -> (tag, facts) of all objects under `prefix` that were found good and state facts."""
        return {key: (one.tag, one.facts) for key, one in self._under(prefix).items() if one.facts and not one.reason}

    async def save(self, judged: Mapping[str, Judgement]) -> None:
        """Remember the judgements, each in place of the one that its key has had."""
        self.judged.update(judged)
        self.saved += 1

    async def forget(self, keys: Collection[str]) -> None:
        """Their objects are gone."""
        for key in keys:
            self.judged.pop(key, None)

    def _under(self, prefix: str) -> dict[str, Judgement]:
        return {key: one for key, one in self.judged.items() if key.startswith(prefix)}
