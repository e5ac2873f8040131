"""Values as they were meant."""

from __future__ import annotations

from adce_async.config.reading.tidy import tidy_proxies


def test_proxies_are_as_meant_for_all_who_read_them() -> None:
    environ = {"HTTPS_PROXY": '"http://proxy.test:3128"\r', "no_proxy": "a.test,b.test", "HOME": '"x"'}
    tidy_proxies(environ)
    assert environ == {"HTTPS_PROXY": "http://proxy.test:3128", "no_proxy": "a.test,b.test", "HOME": '"x"'}
