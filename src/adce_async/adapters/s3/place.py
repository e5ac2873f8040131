"""Where in S3 a lake is: which bucket, below which prefix, and how its keys are spelled there."""

from __future__ import annotations

from dataclasses import dataclass

OWN = ".adce/"
"""What begins so is ours, and never listed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A lake at `s3://BUCKET/PREFIX`: each object at exactly PREFIX/KEY, all that is ours under PREFIX/.adce/."""

    bucket: str
    prefix: str
    """'' or ends with a slash."""

    @classmethod
    def of(cls, url: str) -> Place:
        """The place that a checked URL (`config.reading.paths`) names.

        >>> Place.of("s3://bucket/nba").full("a/1.json"), Place.of("s3://bucket").full("a/1.json")
        ('nba/a/1.json', 'a/1.json')
        """
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        return cls(bucket, f"{prefix}/" if prefix else "")

    def full(self, key: str) -> str:
        """The name of `key` in the bucket."""
        return self.prefix + key

    def key(self, full: str) -> str:
        """The key that this name in the bucket stands for."""
        return full[len(self.prefix) :]

    def own(self, name: str) -> str:
        """The name in the bucket of something of ours."""
        return f"{self.prefix}{OWN}{name}"

    def shown(self, key: str) -> str:
        """An object, for people."""
        return f"{self}/{key}"

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")
