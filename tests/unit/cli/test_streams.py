"""stdout and stderr let nothing secret out, whoever writes."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from collections.abc import Iterator

import pytest

from adce_async.cli.streams import without_secrets
from adce_async.redaction import SECRETS

SECRET = "hunter2-hunter2"


@contextlib.contextmanager
def streams() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """stdout and stderr of a program that knows a secret."""
    SECRETS.learn(SECRET)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        yield out, err


def test_what_is_secret_is_taken_out_of_all_that_is_written() -> None:
    with streams() as (out, err), without_secrets():
        print(f"asked with {SECRET}")  # noqa: T201
        sys.stderr.writelines([f"{SECRET}\n", "plain\n"])
    assert SECRET not in out.getvalue() + err.getvalue()
    assert out.getvalue().startswith("asked with ")
    assert err.getvalue().endswith("plain\n")


def test_who_writes_is_told_that_all_was_taken() -> None:
    with streams(), without_secrets():
        assert sys.stdout.write(SECRET) == len(SECRET)
        assert sys.stdout.isatty() is False  # what it is not asked to hide is the stream's own


def test_a_thread_that_dies_is_told_without_its_secrets() -> None:
    def die() -> None:
        raise ValueError(SECRET)

    with streams() as (_, err), without_secrets():
        thread = threading.Thread(target=die)
        thread.start()
        thread.join()
    assert "ValueError" in err.getvalue()
    assert SECRET not in err.getvalue()


def test_everything_is_as_before_afterwards() -> None:
    before = sys.stdout, sys.stderr, sys.excepthook, threading.excepthook
    with pytest.raises(KeyError), without_secrets():
        raise KeyError
    assert (sys.stdout, sys.stderr, sys.excepthook, threading.excepthook) == before
