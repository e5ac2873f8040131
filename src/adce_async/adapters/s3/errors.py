"""What AWS and the way to it say when something fails, in our words, with what to do about it.

Only the code of an answer and its first line are repeated: the rest of it may hold what was signed, and with it who
asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from adce_async.errors import FixMeError, StoreError, StoreUnreachableError, one_line
from adce_async.redaction import redact


class NoS3Error(Exception):
    """An answer that says it is good, and lacks what each of S3's has: a portal's or a proxy's."""


FAILURES = (ClientError, BotoCoreError, aiohttp.ClientError, OSError, TimeoutError, NoS3Error)
"""All that a request may fail with."""

_NO_WAY = (boto.ConnectionError, boto.HTTPClientError, aiohttp.ClientError, OSError, TimeoutError)
_CUT = (boto.HTTPClientError, boto.IncompleteReadError, boto.ResponseStreamingError, aiohttp.ClientError, TimeoutError)
_MOST = 200

NO_S3 = "what answers there is no S3: a portal or proxy in between, or another s3.endpoint_url?"
_NO_QUEUE = "there is no such queue: make it, or correct events.queue_url in reconciliation_config.yaml"

ADVICE = {
    "AWS.SimpleQueueService.NonExistentQueue": _NO_QUEUE,
    "AccessDenied": "let these credentials do that (README: what they need)",
    "AllAccessDisabled": "let these credentials do that (README: what they need)",
    "AuthorizationHeaderMalformed": "set s3.region in reconciliation_config.yaml to the bucket's own region",
    "ExpiredToken": "the credentials have expired: renew them",
    "IllegalLocationConstraintException": "set s3.region in reconciliation_config.yaml to the bucket's own region",
    "InvalidAccessKeyId": "the server doesn't know these credentials: correct them, or the profile that is set",
    "InvalidToken": "the session token is not valid: renew the credentials",
    "NoSuchBucket": "there is no such bucket: make it, or correct --lake",
    "NotImplemented": (
        "this server does not know what is asked of it (conditional writes, mostly): use one that does, or set "
        "s3.lock: false in reconciliation_config.yaml and see to it that there is only one instance"
    ),
    "PermanentRedirect": "set s3.region in reconciliation_config.yaml to the bucket's own region",
    "QueueDoesNotExist": _NO_QUEUE,
    "QuotaExceeded": "the storage is full: free some",
    "RequestTimeTooSkewed": "this machine's clock is wrong: set it",
    "SignatureDoesNotMatch": "the secret key does not fit the access key: correct it",
}
"""Code of an answer -> what to do."""

_PROFILES = "AWS_PROFILE (in the settings s3.profile, metrics.cloudwatch.profile)"
_NO_CREDENTIALS = (
    f"no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or {_PROFILES}, or give this machine a role"
)
_BY_STATUS = {401: "AccessDenied", 403: "AccessDenied", 301: "PermanentRedirect"}
"""Answers to HEAD have no body, and so no code."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed request. `code`: S3's word for it, or '' if it never got so far."""

    text: str
    code: str = ""
    status: int = 0
    unreachable: bool = False
    """There was no answer at all, or one of a server in trouble: says nothing about the lake."""

    def to_fix(self) -> FixMeError:
        """For a person, when something is opened."""
        return FixMeError(self.text)

    def to_store(self) -> StoreError:
        """For the service, which goes on."""
        return (StoreUnreachableError if self.unreachable else StoreError)(self.text)


def failure_of(error: BaseException, what: str, doing: str = "") -> Failure:
    """What `error` says of `what` (`s3://bucket/key`) while we were `doing` something."""
    place = f"{what}: {doing}" if doing else what
    if isinstance(error, ClientError):
        code, status = code_of(error), status_of(error)
        said = redact(one_line(str(error.response.get("Error", {}).get("Message") or "")))[:_MOST]
        shown = f"{code or f'HTTP {status}'}{f' ({said})' if said and said != code else ''}"
        advice = ADVICE.get(code) or (NO_S3 if status == 404 and not code else None)
        # a server in trouble, or one that throttles for longer than we ask again: nobody's mistake
        troubled = status >= 500 and not advice
        advice = advice or ("the server is in trouble: try again later" if troubled else None)
        return Failure(f"{place}: {shown}{f': {advice}' if advice else ''}", code, status, unreachable=troubled)
    if isinstance(error, NoS3Error):
        return Failure(f"{place}: {NO_S3}", unreachable=True)
    if isinstance(error, BotoCoreError):
        text, unreachable = _boto_text(error)
        return Failure(f"{place}: {text}", unreachable=unreachable)
    if isinstance(error, OSError) and error.strerror:
        return Failure(f"{place}: {redact(one_line(error.strerror))[:_MOST]}", unreachable=True)
    return Failure(f"{place}: no answer ({type(error).__name__})", unreachable=isinstance(error, _NO_WAY))


def given(answer: Mapping[str, Any], name: str) -> Any:
    """What each answer of S3's has. Raises NoS3Error."""
    if name not in answer:
        raise NoS3Error
    return answer[name]


def is_cut_short(error: BaseException) -> bool:
    """True if an answer broke off: to be asked for again."""
    return isinstance(error, _CUT)


def code_of(error: BaseException) -> str:
    """S3's word for it; of HEAD, which gets no words, as its status says."""
    if not isinstance(error, ClientError):
        return ""
    code = str(error.response.get("Error", {}).get("Code") or "")
    if code.isdecimal():
        return _BY_STATUS.get(int(code), "")
    return code


def status_of(error: BaseException) -> int:
    """The HTTP status of a refusal; 0 if there was no answer."""
    if not isinstance(error, ClientError):
        return 0
    response: Any = error.response
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def _boto_text(error: BotoCoreError) -> tuple[str, bool]:
    match error:
        case boto.NoCredentialsError():
            return _NO_CREDENTIALS, False
        case boto.PartialCredentialsError():
            return "half of the AWS credentials is missing: set both the access key and the secret key", False
        case boto.ProfileNotFound():
            return f"{_first_line(error)}: correct {_PROFILES}", False
        case boto.SSLError():
            return "no TLS connection: the certificate is not trusted; AWS_CA_BUNDLE names another authority", True
        case boto.EndpointConnectionError() | boto.ConnectTimeoutError() | boto.ProxyConnectionError():
            return f"can't be reached at {_endpoint(error)}: is the network there, and is the endpoint right?", True
        case boto.ReadTimeoutError():
            return f"{_endpoint(error)} does not answer", True
        case boto.ConnectionError() | boto.HTTPClientError():
            return "the connection broke", True
        case boto.CredentialRetrievalError() | boto.TokenRetrievalError() | boto.SSOError() | boto.LoginError():
            return f"the AWS credentials can't be had: {_first_line(error)}", False
        case _:
            return _first_line(error), False


def _endpoint(error: BotoCoreError) -> str:
    url = str(error.kwargs.get("endpoint_url") or error.kwargs.get("proxy_url") or "its endpoint")
    return redact("/".join(url.split("/")[:3]).rpartition("@")[2])


def _first_line(error: BaseException) -> str:
    return redact(one_line((str(error).splitlines() or [type(error).__name__])[0]))[:_MOST].rstrip(".")
