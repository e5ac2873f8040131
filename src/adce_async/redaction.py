"""What must never be said: the one place that knows what is secret, and takes it out of every text.

Known are values (of the environment, of headers that are sent, of the configuration, of tokens' files), in each form
in which a text may hold them; and shapes, whatever their value: `user:password@` of a URL, what an `Authorization`
or a `Cookie` says, a query parameter that is named like a secret. Texts pass here where they are made from what
others say (`errors.ScrapeError`, `error_text`) and again where they leave: log lines, stdout and stderr, HTTP.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"
LEAST = 6
"""Characters of a value that is looked for; a shorter one stands in too many texts by chance."""
_MOST_FORMS = 5000
_PREFIX, _LONG = 16, 24
"""Of a random value of so many characters its beginning is enough: texts are cut."""

_NAMES = re.compile(
    r"authoriz|cookie|token|password|passwd|passphrase|secret|webhook|credential|signature|(?:api|access|private)[-_]?key",
    re.IGNORECASE,
)
_PARTS = frozenset({"key", "auth", "pass", "pwd", "pat", "sig", "dsn"})
_NO_SECRETS = frozenset({"pwd", "oldpwd"})
_HARMLESS = frozenset({"enabled", "disabled", "default", "unknown", "required", "optional"})
_PATH = re.compile(r"(~|\.{1,2})?/")
_RANDOM = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9+/=_.~-]+")

_TWICE = re.compile(r"(?:\*\*\*){2,}")
_LOGIN = re.compile(r"(?<=://)[^/\s'\"<>\\?#]*@")
_HEADER = re.compile(
    r"((?:proxy-)?authorization)(\\?['\"]?\s*[:=,]\s*(?:b(?=['\"]))?\\?['\"]?)(?:[a-z]+\s+)?[^\s'\",;})\\]+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(Basic|Bearer)(\s+|%20|\+)(?=\S*[0-9=])[A-Za-z0-9+/=._~%-]{8,}", re.IGNORECASE)
_COOKIE = re.compile(r"\b((?:set-)?cookie)(\\?['\"]?\s*:\s*\\?['\"]?)[^\s;='\"]+=[^'\"\r\n]*", re.IGNORECASE)
_PARAMETER = re.compile(
    r"([?&;](?:[\w.-]*(?:token|secret|passw|signature|credential|api_?key|access_?key)[\w.-]*|key|sig|auth)=)"
    r"[^&\s'\"<>#\\]*",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """True if what has this name (a key of the configuration, a variable, a header, a parameter) must not be shown.

    >>> [is_secret_name(name) for name in ("Authorization", "KAGGLE_KEY", "x-api-key", "PWD", "monkey", "Accept")]
    [True, True, True, False, False, False]
    """
    folded = name.lower()
    if folded in _NO_SECRETS:
        return False
    return bool(_NAMES.search(folded)) or not _PARTS.isdisjoint(re.split(r"[-_.]", folded))


class Redactor:
    """Learns secrets and hides them. One of the process is enough: see `redact` and `learn` below."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: dict[str, str] = {}
        """What is looked for -> the whole of what may follow it."""

    def learn(self, value: str) -> None:
        """Never say `value` again, nor what it holds: the token of `Bearer TOKEN`, the key of `Basic BASE64`."""
        if value in self._values or len(self._forms) > _MOST_FORMS:
            return
        self._values.add(value)
        for one in _within(value):
            bare = one.strip().strip("'\"").strip()
            for form in dict.fromkeys((one, bare)):
                if _counts(form):
                    for variant in _variants(form):
                        short = len(variant) > _LONG and _RANDOM.fullmatch(variant)
                        self._forms[variant[:_PREFIX] if short else variant] = variant

    def learn_url(self, url: str) -> None:
        """What is secret in a URL: its password (or the only part of its login), parameters with such names."""
        # a password with a raw slash in it is none for the rules of URLs, and one all the same
        login = re.match(r"(?:[a-zA-Z][\w+.-]*://)?([^/\s?#]*|[^/:@\s]+:[^@\s]+)@", url)
        if login:
            user, _, password = login[1].partition(":")
            self.learn(password or user)
            self.learn(unquote(password or user))
        for name, value in re.findall(r"[?&;]([^=&;#]*)=([^&;#]*)", url):
            if is_secret_name(name):
                self.learn(value)
                self.learn(unquote_plus(value))

    def learn_named(self, values: Mapping[str, str]) -> None:
        """The secrets among values with names: of the environment, of headers, of settings.

        Where a file is named, the path of one is no secret. (What is no such path may be the secret itself by mistake.)
        """
        for name, value in values.items():
            if "://" in value:
                self.learn_url(value)
                if "webhook" in name.lower():
                    self.learn(value)
            elif name.lower().endswith("_proxy"):
                self.learn_url(value)
            elif is_secret_name(name) and not (name.lower().endswith("_file") and _PATH.match(value)):
                self.learn(value)

    def redact(self, text: str) -> str:
        """`text` without anything that is secret."""
        if not text:
            return text
        for form, whole in self._forms.items():
            if form in text:
                text = _TWICE.sub(HIDDEN, _without(text, form, whole))
        if "@" in text and "://" in text:
            text = _LOGIN.sub(f"{HIDDEN}@", text)
        if "=" in text and ("?" in text or "&" in text):
            text = _PARAMETER.sub(rf"\1{HIDDEN}", text)
        folded = text.lower()
        if "authorization" in folded:
            text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
        if "basic" in folded or "bearer" in folded:
            text = _SCHEME.sub(rf"\1\2{HIDDEN}", text)
        if "cookie" in folded:
            text = _COOKIE.sub(rf"\1\2{HIDDEN}", text)
        return text

    def forget(self) -> None:
        """Know nothing any more."""
        self._values.clear()
        self._forms.clear()


def _within(value: str) -> Iterator[str]:
    """`value`, and what is secret in it by itself."""
    yield value
    scheme, _, rest = value.strip().partition(" ")
    if rest and scheme.lower() in ("basic", "bearer", "token"):
        yield rest
        if scheme.lower() == "basic":
            with_padding = rest.strip() + "=" * (-len(rest.strip()) % 4)
            with contextlib.suppress(binascii.Error, UnicodeDecodeError):
                yield base64.b64decode(with_padding).decode().partition(":")[2]
    if value.lstrip().startswith("{"):  # kaggle.json, the key file of a cloud
        try:
            found = json.loads(value)
        except ValueError:
            return
        yield from (one for name, one in found.items() if isinstance(one, str) and is_secret_name(name))
    elif "\n" in value.strip():  # a key in several lines
        yield from value.splitlines()


def _counts(value: str) -> bool:
    """False for what is too short or too common to be taken out of every text, and for names of files."""
    if len(value) < LEAST or value.lower() in _HARMLESS:
        return False
    return not (value.startswith(("/", "./", "~/")) and os.path.exists(os.path.expanduser(value)))  # noqa: PTH110, PTH111


def _variants(value: str) -> Iterator[str]:
    """The forms that `value` takes in texts."""
    escaped = json.dumps(value)[1:-1]
    forms = [
        value, value.lower(), quote(value, safe=""), quote(value), quote_plus(value), html.escape(value),
        escaped, json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(escaped)[1:-1], repr(value)[1:-1],
    ]  # fmt: skip
    data = value.encode("utf-8", "surrogateescape")
    for shift, known in ((0, 0), (1, 2), (2, 3)):  # whatever stands before it: `user:key`, too
        encoded = base64.b64encode(b"\0" * shift + data).decode()
        ends_alone = (shift + len(data)) % 3 == 0
        encoded = encoded[known:] if ends_alone else encoded[known:].rstrip("=")[:-1]
        forms += [encoded, encoded.translate(str.maketrans("+/", "-_")), quote(encoded, safe="")]
    forms += [base64.b64encode(data).decode(), data.hex()]
    return (form for form in dict.fromkeys(forms) if len(form) >= LEAST)


def _without(text: str, form: str, whole: str) -> str:
    """`text` with each `form`, and as much of `whole` as follows it, hidden."""
    if form == whole:
        return text.replace(form, HIDDEN)
    parts: list[str] = []
    at = 0
    while (found := text.find(form, at)) >= 0:
        parts += [text[at:found], HIDDEN]
        rest = text[found : found + len(whole)]
        at = found + next((n for n, (a, b) in enumerate(zip(rest, whole, strict=False)) if a != b), len(rest))
    return "".join([*parts, text[at:]])


SECRETS = Redactor()
"""What this process knows."""
redact = SECRETS.redact
learn = SECRETS.learn
