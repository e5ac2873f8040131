from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from adce_async.redaction import Redactor, is_secret_name

SECRET = "s3cr3t/pä+ss=\"w'o&rd\\1"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "form",
    [
        lambda text: text,
        lambda text: quote(text, safe=""),
        quote_plus,
        html.escape,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: json.dumps(json.dumps({"x": text})),
        repr,
        lambda text: text.encode().hex(),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
        lambda text: base64.b64encode(f"users:{text}:x".encode()).decode(),
        str.lower,
    ],
)
@pytest.mark.parametrize("secret", [SECRET, KEY, "hunter2-hunter2"])
def test_a_secret_is_hidden_in_each_form(form, secret: str) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    said = redactor.redact(f"it says {form(secret)} here")
    assert form(secret) not in said
    assert form(secret).strip("'\"")[4:16] not in said or "dXNl" in said
    assert said.startswith("it says ")
    assert said.endswith(" here")


def test_a_secret_that_is_cut_is_hidden_too() -> None:
    redactor = Redactor()
    redactor.learn(KEY)
    assert redactor.redact(f"found {KEY[:20]}") == "found ***"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://us:p@ss@a.test/x", "http://***@a.test/x"),
        ("socks5://me@a.test", "socks5://***@a.test"),
        ("https://a.test/x?GameID=1&api_key=ab&y=2", "https://a.test/x?GameID=1&api_key=***&y=2"),
        ("{'Authorization': 'Basic bWU6c2VjcmV0', 'A': 1}", "{'Authorization': '***', 'A': 1}"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("sent Bearer KGAT_1234567", "sent Bearer ***"),
        ("Set-Cookie: sid=12; Path=/", "Set-Cookie: ***"),
        ("Basic authentication is required by a cookie, and a key", None),
        ("https://a.test/@x?y=1", None),
        ("a@b.test wrote http://a.test", None),
    ],
)
def test_shapes_are_hidden_whatever_their_value(text: str, said: str | None) -> None:
    assert Redactor().redact(text) == (text if said is None else said)


def test_what_the_environment_holds() -> None:
    redactor = Redactor()
    redactor.learn_named(
        {
            "NPM_TOKEN": "'npm-abcdef'\r",
            "HTTPS_PROXY": "http://user:pa%20ss%21word@proxy.test:1",
            "http_proxy": "user:sec/ret-1@proxy.test",
            "DATABASE_URL": "postgres://me:dsn-password@db.test/x",
            "CLOUD_KEY": '{"client": "visible-name", "private_key": "-----BEGIN-----"}',
            "PWD": "/home/visible",
            "KEY_FILE": __file__,
            "SHORT_KEY": "abc",
            "X_API_KEY": "disabled",
        }
    )
    for hidden in ("npm-abcdef", "pa ss!word", "pa%20ss%21word", "sec/ret-1", "dsn-password", "-----BEGIN-----"):
        assert redactor.redact(f"a {hidden} b") == "a *** b"
    for visible in ("/home/visible", __file__, "visible-name", "abc", "disabled", "proxy.test:1"):
        assert redactor.redact(f"a {visible} b") == f"a {visible} b"


def test_what_a_header_says_is_known_in_its_parts() -> None:
    redactor = Redactor()
    redactor.learn("Basic " + base64.b64encode(b"me:password-of-me").decode())
    assert redactor.redact("a password-of-me b") == "a *** b"


def test_the_path_of_a_file_with_a_secret_is_none() -> None:
    redactor = Redactor()
    redactor.learn_named(
        {"token_file": "/etc/adce/token", "A_TOKEN_FILE": "./keys/token-of-mine", "TOKEN": "/etc/passphrase"}
    )
    redactor.learn_named({"read_token_file": "put-here-by-mistake"})
    said = "/etc/adce/token ./keys/token-of-mine"
    assert redactor.redact(f"{said} /etc/passphrase put-here-by-mistake") == f"{said} *** ***"


@pytest.mark.parametrize(
    "name", ["Cookie", "proxy-authorization", "X-Api-Key", "PGPASSWORD", "GITHUB_TOKEN", "MYSQL_PWD"]
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["PWD", "OLDPWD", "keyboard", "max_headers", "author", "Accept", "passes", "signal"])
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)
